#include "index/index.h"

#include "index/flat.h"
#include "index/hnsw.h"
#include "index/postings.h"
#include "index/scan.h"

enum { USUAL_M = 16, USUAL_EF_CONSTRUCTION = 200, USUAL_CODE_BITS = 8 };

static const struct index_param hnsw_params[] = {
    {"M", 2, 2048, offsetof(struct index_settings, M), USUAL_M},
    {"efConstruction", 1, INT32_MAX, offsetof(struct index_settings, ef_construction), USUAL_EF_CONSTRUCTION},
};

/* Eight bits serve what asks for more: the best candidates are computed from their vectors anyway. */
static const uint32_t sq_bits[] = {4, 8, 8, 8, 8};

static const struct index_param hnsw_sq_params[] = {
    {"M", 2, 2048, offsetof(struct index_settings, M), USUAL_M},
    {"efConstruction", 1, INT32_MAX, offsetof(struct index_settings, ef_construction), USUAL_EF_CONSTRUCTION},
    {.name = "sq_type",
     .at = offsetof(struct index_settings, code_bits),
     .otherwise = USUAL_CODE_BITS,
     .words = "SQ4U SQ6 SQ8 BF16 FP16",
     .meanings = sq_bits},
    {.name = "refine", .at = NO_SETTING, .words = "true false"},
    {.name = "refine_type", .at = NO_SETTING, .words = "SQ6 SQ8 BF16 FP16 FP32"},
};

static const struct index_param ivf_params[] = {
    {"nlist", 1, 65536, .at = NO_SETTING},
};

static const struct index_param sparse_params[] = {
    {.name = "inverted_index_algo", .at = NO_SETTING, .words = "DAAT_MAXSCORE DAAT_WAND TAAT_NAIVE"},
    {"drop_ratio_build", 0, 1, .at = NO_SETTING, .is_real = true},
};

/* AUTOINDEX, HNSW_SQ and the IVF types are names that resolve. */
static const struct index_type types[] = {
    {.name = "AUTOINDEX", .graph_rows = AUTO_GRAPH_ROWS, .ops = &hnsw_ops},
    {.name = "FLAT", .plan = "exact", .ops = &flat_ops},
    {.name = "HNSW",
     .params = hnsw_params,
     .n_params = COUNT(hnsw_params),
     .is_graph = true,
     .plan = "graph",
     .graph_rows = HNSW_GRAPH_ROWS,
     .ops = &hnsw_ops},
    {.name = "HNSW_SQ",
     .params = hnsw_sq_params,
     .n_params = COUNT(hnsw_sq_params),
     .is_graph = true,
     .graph_rows = HNSW_GRAPH_ROWS,
     .ops = &hnsw_ops},
    {.name = "IVF_FLAT", .params = ivf_params, .n_params = COUNT(ivf_params), .ops = &scan_ops},
    {.name = "IVF_SQ8", .params = ivf_params, .n_params = COUNT(ivf_params), .ops = &scan_ops},
    {.name = "AUTOINDEX", .family = FAMILY_BITS, .ops = &flat_ops},
    {.name = "BIN_FLAT", .family = FAMILY_BITS, .plan = "exact", .ops = &flat_ops},
    {.name = "BIN_IVF_FLAT",
     .family = FAMILY_BITS,
     .params = ivf_params,
     .n_params = COUNT(ivf_params),
     .ops = &flat_ops},
    {.name = "AUTOINDEX", .family = FAMILY_SPARSE, .ops = &postings_ops},
    {.name = "SPARSE_INVERTED_INDEX",
     .family = FAMILY_SPARSE,
     .params = sparse_params,
     .n_params = COUNT(sparse_params),
     .plan = "postings",
     .ops = &postings_ops},
    {.name = "SPARSE_WAND",
     .family = FAMILY_SPARSE,
     .params = sparse_params,
     .n_params = COUNT(sparse_params),
     .ops = &postings_ops},
};

const struct index_type *index_type_find(struct str name, enum vector_family family)
{
    if (name.n == 0)
        name = STR("AUTOINDEX");
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].family == family && str_eq_nocase(name, str_of(types[i].name)))
            return &types[i];
    return NULL;
}

const struct index_type *index_type_of_vectors(struct str name)
{
    const struct index_type *found = NULL;
    for (unsigned family = 0; family < N_FAMILIES && !found; family++)
        found = index_type_find(name, (enum vector_family)family);
    return found;
}

const struct index_type *index_type_exact(enum vector_family family)
{
    switch (family) {
    case FAMILY_DENSE: return index_type_find(STR("FLAT"), family);
    case FAMILY_BITS: return index_type_find(STR("BIN_FLAT"), family);
    case FAMILY_SPARSE: return index_type_find(STR("SPARSE_INVERTED_INDEX"), family);
    case N_FAMILIES: break;
    }
    return NULL;
}

const struct index_type *index_type_at(uint32_t i)
{
    return i < COUNT(types) ? &types[i] : NULL;
}

const struct index_param *index_param_find(const struct index_type *type, struct str name)
{
    for (uint32_t i = 0; i < type->n_params; i++)
        if (str_eq(name, str_of(type->params[i].name)))
            return &type->params[i];
    return NULL;
}

const char *index_type_served_by(const struct index_type *type, int64_t n_rows)
{
    if (type->ops == &flat_ops)
        return "exact";
    if (type->ops == &postings_ops)
        return "postings";
    bool has_graph = type->is_graph || (type->graph_rows && n_rows >= type->graph_rows);
    return has_graph ? "graph" : "codes";
}

/* The word, and how many stand before it. */
static struct str find_word(const struct index_param *p, struct str given, uint32_t *n_before)
{
    *n_before = 0;
    for (const char *from = p->words; from && *from; ++*n_before) {
        struct str word = {from, (uint32_t)strcspn(from, " ")};
        if (str_eq_nocase(word, given))
            return word;
        from += word.n + (from[word.n] == ' ');
    }
    return STR_NONE;
}

struct str index_param_word(const struct index_param *p, struct str given)
{
    uint32_t n_before;
    return find_word(p, given, &n_before);
}

void index_param_set(const struct index_param *p, int64_t value, struct index_settings *to)
{
    if (p->at == NO_SETTING)
        return;
    uint32_t u = (uint32_t)value;
    memcpy((char *)to + p->at, &u, sizeof u);
}

void index_param_set_word(const struct index_param *p, struct str given, struct index_settings *to)
{
    uint32_t at;
    if (p->meanings && find_word(p, given, &at).n)
        index_param_set(p, p->meanings[at], to);
}

struct index_settings index_settings_of(const struct index_type *type)
{
    struct index_settings settings = {USUAL_M, USUAL_EF_CONSTRUCTION, type->graph_rows, USUAL_CODE_BITS};
    for (uint32_t i = 0; i < type->n_params; i++)
        index_param_set(&type->params[i], type->params[i].otherwise, &settings);
    return settings;
}
