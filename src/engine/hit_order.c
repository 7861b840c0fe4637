#include "engine/hit_order.h"

int hit_order_resolve(const struct schema *s, const struct search_request *r, struct arena *a, struct plan *p,
                      struct error *e)
{
    if (!r->order.n)
        return MVL_OK;
    if (r->cursor)
        return error_set(e, MVL_PARAM_INVALID, "order_by_fields must not be given to an iterator, got '%.*s'",
                         STR_ARGS(r->order.p[0].field));
    TRY(order_by_resolve(s, r->order, a, &p->order, e));
    p->page = (struct page){p->offset, p->limit};
    p->limit += p->offset;
    p->offset = 0;
    return MVL_OK;
}

/* Hits that stay together: one, or a group. */
struct unit {
    uint32_t from, to;
};

static int list_units(const struct plan *p, const uint32_t ends[], uint32_t n_groups, uint32_t n_hits,
                      struct arena *a, struct unit **out, uint32_t *n)
{
    *n = p->is_grouped ? n_groups : n_hits;
    *out = arena_array(a, *n, sizeof **out);
    if (!*out)
        return MVL_NOMEM;
    for (uint32_t i = 0, from = 0; i < *n; i++) {
        (*out)[i] = (struct unit){from, p->is_grouped ? ends[i] : from + 1};
        from = (*out)[i].to;
    }
    return MVL_OK;
}

/* Where units come in the order. */
static int order_units(struct collection *c, const struct plan *p, const uint32_t rows[],
                       const struct unit units[], uint32_t n, struct arena *a, uint32_t **places,
                       struct error *e)
{
    uint32_t *leaders = arena_array(a, n, sizeof *leaders);
    *places = arena_array(a, n, sizeof **places);
    if (!leaders || !*places)
        return MVL_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        leaders[i] = rows[units[i].from];
    return order_by_places(c, &p->order, leaders, n, a, *places, e);
}

int hit_order_apply(struct collection *c, const struct plan *p, const uint32_t ends[], uint32_t n_groups,
                    uint32_t first, struct arena *a, struct hits *hits, struct error *e)
{
    struct unit *units;
    uint32_t n_units, *places, n_hits = hits->n - first, n = 0;
    uint32_t *rows = arena_array(a, n_hits, sizeof *rows);
    double *distances = arena_array(a, n_hits, sizeof *distances);
    if (!rows || !distances)
        return MVL_NOMEM;
    TRY(list_units(p, ends, n_groups, n_hits, a, &units, &n_units));
    TRY(order_units(c, p, hits->rows + first, units, n_units, a, &places, e));
    for (uint32_t i = p->page.first; i < n_units && i - p->page.first < p->page.n; i++) {
        struct unit unit = units[places[i]];
        for (uint32_t k = first + unit.from; k < first + unit.to; k++, n++) {
            rows[n] = hits->rows[k];
            distances[n] = hits->distances[k];
        }
    }
    memcpy(hits->rows + first, rows, n * sizeof *rows);
    memcpy(hits->distances + first, distances, n * sizeof *distances);
    hits->n = first + n;
    return MVL_OK;
}
