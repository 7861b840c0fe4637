#include "engine/hybrid.h"

#include <math.h>
#include <stdlib.h>

#include "engine/group.h"
#include "engine/hit_order.h"

enum { MOST_REQUESTS = 1024, MOST_K = 16384 };

static const double pi = 3.14159265358979323846;

/* What one request says of a row. */
struct vote {
    uint32_t row, request;
    double score;
};

struct votes {
    struct vote *p; /* [of all requests' hits] */
    uint32_t n;
};

/* A request's answer. */
struct answer {
    enum metric metric;
    struct hits hits;
    const uint32_t *counts; /* [n_queries] */
    uint32_t next;          /* the first hit of the next query */
};

static int check_ranker(const struct hybrid_request *r, struct error *e)
{
    const struct ranker *ranker = &r->ranker;
    if (ranker->kind == RANKER_RRF) {
        if (ranker->k > 0 && ranker->k < MOST_K)
            return MVL_OK;
        return error_set(e, MVL_PARAM_INVALID,
                         "k of the ranker must be between 0 and %d: The rank params k should be in range (0, "
                         "%d), got %g",
                         MOST_K, MOST_K, ranker->k);
    }
    if (ranker->n_weights != r->n_requests)
        return error_set(
            e, MVL_PARAM_INVALID,
            "weights of the ranker must be one for each request: the length of weights param mismatch "
            "with ann search requests: invalid parameter[expected=%u][actual=%u]",
            r->n_requests, ranker->n_weights);
    for (uint32_t i = 0; i < ranker->n_weights; i++)
        if (!(ranker->weights[i] >= 0 && ranker->weights[i] <= 1))
            return error_set(
                e, MVL_PARAM_INVALID,
                "weights of the ranker must be 0..1: rank param weight should be in range [0, 1], "
                "got %g",
                ranker->weights[i]);
    return MVL_OK;
}

static int check(const struct hybrid_request *r, struct error *e)
{
    if (r->n_requests < 1 || r->n_requests > MOST_REQUESTS)
        return error_set(e, MVL_PARAM_INVALID, "reqs must hold 1..%d requests, got %u", MOST_REQUESTS,
                         r->n_requests);
    for (uint32_t i = 1; i < r->n_requests; i++)
        if (r->requests[i].n_queries != r->requests[0].n_queries)
            return error_set(e, MVL_PARAM_INVALID,
                             "reqs must have as many query vectors each: sub search request nq should be the "
                             "same: invalid parameter[expected=%u][actual=%u]",
                             r->requests[0].n_queries, r->requests[i].n_queries);
    return check_ranker(r, e);
}

int hybrid_of_request(uint32_t i, int code, struct error *e)
{
    struct error of = *e;
    if (code == MVL_OK || code == MVL_NOMEM)
        return code;
    error_set_at(e, of.code, (struct error_place){str_of(of.field), of.row}, "reqs[%u]: %s", i, of.reason);
    e->at = of.at;
    return code;
}

static int search_all(struct collection *c, const struct hybrid_request *r, struct arena *a,
                      struct answer answers[], struct error *e)
{
    for (uint32_t i = 0; i < r->n_requests; i++) {
        struct search_result result;
        struct plan p;
        TRY(hybrid_of_request(i, search_rows(c, &r->requests[i], a, &p, &answers[i].hits, &result, e), e));
        answers[i].metric = p.metric;
        answers[i].counts = result.counts;
    }
    return MVL_OK;
}

/* Milvus' normalisation: 0..1, larger is nearer. */
static double normalized(enum metric m, double distance)
{
    switch (m) {
    case METRIC_COSINE: return (1 + distance) / 2;
    case METRIC_IP: return 0.5 + atan(distance) / pi;
    case METRIC_L2:
    case METRIC_HAMMING:
    case METRIC_JACCARD: return 1 - 2 * atan(distance) / pi;
    case N_METRICS: break;
    }
    return 0;
}

/* How weighted scores are made and ordered. */
struct fusion {
    bool smaller_is_nearer; /* they are sums of distances */
    bool converts_distances;
};

static struct fusion fusion_of(const struct hybrid_request *r, const struct answer answers[])
{
    uint32_t n_distances = 0;
    for (uint32_t i = 0; i < r->n_requests; i++)
        n_distances += !metric_larger_is_nearer(answers[i].metric);
    bool is_raw = r->ranker.kind == RANKER_WEIGHTED && !r->ranker.norm_score;
    return (struct fusion){is_raw && n_distances == r->n_requests, n_distances < r->n_requests};
}

static double score_of(const struct ranker *r, const struct fusion *f, const struct answer *answer,
                       uint32_t request, uint32_t rank, double distance)
{
    if (r->kind == RANKER_RRF)
        return 1 / (r->k + rank);
    bool converts = f->converts_distances && !metric_larger_is_nearer(answer->metric);
    return r->weights[request] *
           (r->norm_score || converts ? normalized(answer->metric, distance) : distance);
}

/* Of one query, what all requests say. */
static void collect(const struct hybrid_request *r, const struct fusion *f, struct answer answers[],
                    uint32_t query, struct votes *votes)
{
    votes->n = 0;
    for (uint32_t i = 0; i < r->n_requests; i++) {
        struct answer *answer = &answers[i];
        for (uint32_t rank = 1; rank <= answer->counts[query]; rank++) {
            uint32_t hit = answer->next++;
            double score = score_of(&r->ranker, f, answer, i, rank, answer->hits.distances[hit]);
            votes->p[votes->n++] = (struct vote){answer->hits.rows[hit], i, score};
        }
    }
}

/* Sums are made in the order of requests, so that they are the same whatever their sizes. */
static int compare_votes(const void *a, const void *b)
{
    const struct vote *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->request > y->request) - (x->request < y->request);
}

/* Votes become candidates, one a row, best first. */
static void fuse(struct votes *votes, const struct fusion *f, struct candidates *out)
{
    double sign = f->smaller_is_nearer ? 1 : -1;
    out->n = 0;
    qsort(votes->p, votes->n, sizeof *votes->p, compare_votes);
    for (uint32_t i = 0; i < votes->n;) {
        struct candidate sum = {0, votes->p[i].row};
        for (; i < votes->n && votes->p[i].row == sum.row; i++)
            sum.order += sign * votes->p[i].score;
        out->p[out->n++] = sum;
    }
    candidates_sort(out->p, out->n);
}

/* Leaves the page's rows. */
static int cut_page(struct grouping *w, struct collection *c, const struct plan *p, struct candidates *out,
                    struct error *e)
{
    if (p->is_grouped)
        return grouping_page(w, c, p, out, e);
    uint32_t first = p->offset < out->n ? p->offset : out->n;
    out->n = out->n - first < p->limit ? out->n - first : p->limit;
    memmove(out->p, out->p + first, out->n * sizeof *out->p);
    return MVL_OK;
}

static int fuse_all(struct collection *c, const struct hybrid_request *r, const struct plan *p,
                    struct answer answers[], struct arena *a, uint32_t counts[], struct hits *hits,
                    struct error *e)
{
    struct fusion fusion = fusion_of(r, answers);
    struct grouping grouping = {.arena = a};
    struct candidates candidates = {0};
    struct votes votes = {0};
    size_t n_all = 0;
    for (uint32_t i = 0; i < r->n_requests; i++)
        n_all += answers[i].hits.n;
    if (n_all > UINT32_MAX)
        return MVL_NOMEM;
    votes.p = arena_array(a, n_all, sizeof *votes.p);
    hits->rows = arena_array(a, n_all, sizeof *hits->rows);
    hits->distances = arena_array(a, n_all, sizeof *hits->distances);
    if (!votes.p || !hits->rows || !hits->distances)
        return MVL_NOMEM;
    TRY(candidates_reserve(&candidates, (uint32_t)n_all, a));
    for (uint32_t query = 0; query < p->n_queries; query++) {
        collect(r, &fusion, answers, query, &votes);
        fuse(&votes, &fusion, &candidates);
        uint32_t before = hits->n;
        TRY(cut_page(&grouping, c, p, &candidates, e));
        for (uint32_t i = 0; i < candidates.n; i++) {
            double order = candidates.p[i].order;
            hits->rows[hits->n] = candidates.p[i].row;
            hits->distances[hits->n++] = plan_shown(p, (fusion.smaller_is_nearer ? order : -order) + 0.0);
        }
        if (p->order.n)
            TRY(hit_order_apply(c, p, grouping.counts, grouping.n_found, before, a, hits, e));
        counts[query] = hits->n - before;
    }
    return MVL_OK;
}

int collection_hybrid_search(struct collection *c, const struct hybrid_request *r, struct arena *a,
                             struct search_result *out, struct error *e)
{
    struct plan p = {.n_queries = r->n_requests ? r->requests[0].n_queries : 0};
    struct hits hits = {0};
    *out = (struct search_result){0};
    TRY(collection_check_loaded(c, e));
    TRY(check(r, e));
    TRY(plan_page(&r->whole, &p, e));
    TRY(group_resolve(c->schema, &r->whole, &p, e));
    TRY(hit_order_resolve(c->schema, &r->whole, a, &p, e));
    TRY(output_resolve(c->schema, r->whole.output_fields, r->whole.n_output_fields, a, &p.output, e));
    struct answer *answers = arena_zeroed(a, r->n_requests, sizeof *answers);
    out->n_queries = p.n_queries;
    out->counts = arena_zeroed(a, p.n_queries, sizeof *out->counts);
    if (!answers || !out->counts)
        return MVL_NOMEM;
    TRY(search_all(c, r, a, answers, e));
    TRY(fuse_all(c, r, &p, answers, a, out->counts, &hits, e));
    return plan_show(c, &p, &hits, a, &out->hits, e);
}
