/* Searches of several requests, fused into one list a query. */
#pragma once
#include "engine/search.h"

enum ranker_kind {
    RANKER_RRF,      /* the sum of 1 / (k + rank), ranks from 1 */
    RANKER_WEIGHTED, /* the sum of weight * score */
};

struct ranker {
    enum ranker_kind kind;
    double k;              /* between 0 and 16384 */
    const double *weights; /* [n_weights], each 0..1, one a request */
    uint32_t n_weights;
    bool norm_score; /* scores of all metrics become 0..1 first, larger is nearer */
};

struct hybrid_request {
    const struct search_request
        *requests; /* [n_requests], with as many queries each; what they show is of no matter */
    uint32_t n_requests;
    struct ranker ranker;
    struct search_request whole; /* limit, offset, round_decimal, groups, order and output fields count */
};

/* Runs each request as a search of its own and gives, for each query, the rows that any of them found, by their fused
 * score, larger first, equal ones by age. Without norm_score, and when all metrics are distances, weighted sums are
 * distances, too: smaller first. Of groups, the one with the best row comes first. Errors of a request begin with its
 * place: "reqs[1]: ". */
int collection_hybrid_search(struct collection *c, const struct hybrid_request *r, struct arena *a,
                             struct search_result *out, struct error *e) MUST_USE;

/* Says in an error of that code which request it is of. Returns the code. */
int hybrid_of_request(uint32_t i, int code, struct error *e);
