#include "engine/index_file.h"

#include "base/mem.h"

enum {
    BYTES_PER_EFFORT = 400,     /* written in a microsecond */
    SLICE_BYTES = 512 * 1024,   /* written in a transaction */
    IN_PLACE_PARTS = 4,         /* so few are written in one, without leaving their slots */
    PART_EFFORT = 300,          /* of writing a part */
    SAVE_EFFORT = 20 * 1000000, /* spent, and the index is saved while it has work left ... */
    BUSY_SHARE = 2,
    IDLE_SHARE = 8, /* ... if it is 1 / 2 of what the file has; 1 / 8 when it has no work */
};

/* A save in progress. */
struct index_save {
    struct part_directory to; /* what the file will have; places before next are written */
    uint64_t *versions;       /* owned [to.n_parts] */
    uint32_t next;
    bool in_place, is_done;
    struct writer part; /* its bytes */
};

struct index_file index_file_of(struct store *store, struct part_table table, uint64_t definition,
                                const struct index_ops *ops, struct index *index)
{
    return (struct index_file){
        .store = store, .table = table, .definition = definition, .ops = ops, .index = index};
}

static void end_save(struct index_file *f)
{
    struct index_save *s = f->save;
    f->save = NULL;
    if (!s)
        return;
    part_directory_fini(&s->to);
    mem_free(s->versions);
    writer_fini(&s->part);
    mem_free(s);
}

void index_file_fini(struct index_file *f)
{
    end_save(f);
    part_directory_fini(&f->kept);
    mem_free(f->versions);
    *f = (struct index_file){0};
}

/* ---- reading ---- */

static uint64_t version_of(const struct index_file *f, uint32_t part)
{
    return part < f->ops->n_parts(f->index) ? f->ops->part_version(f->index, part) : 0;
}

static int read_part(void *context, uint32_t part, const uint8_t *bytes, size_t n)
{
    const struct index_file *f = context;
    return f->ops->part_read(f->index, part, bytes, n);
}

static int read_parts(struct index_file *f, struct error *e)
{
    f->versions = mem_array(f->kept.n_parts, sizeof *f->versions);
    if (!f->versions)
        return MVL_NOMEM;
    TRY(parts_read(f->store, &f->table, &f->kept, read_part, f, e));
    TRY(f->ops->part_read_end(f->index));
    for (uint32_t i = 0; i < f->kept.n_parts; i++)
        f->versions[i] = version_of(f, i);
    return MVL_OK;
}

static void forget_kept(struct index_file *f)
{
    part_directory_fini(&f->kept);
    mem_free(f->versions);
    f->versions = NULL;
}

int index_file_read(struct index_file *f)
{
    struct error e = ERROR_NONE; /* what cannot be read is made anew, and nobody is told */
    if (!f->ops->n_parts)
        return MVL_OK;
    int rc = parts_read_directory(f->store, &f->table, &f->kept, &e);
    if (rc != MVL_OK)
        return rc == MVL_NOMEM ? rc : MVL_OK;
    if (f->kept.n_parts == 0 || f->kept.definition != f->definition) {
        forget_kept(f);
        return MVL_OK;
    }
    rc = read_parts(f, &e);
    if (rc == MVL_OK)
        return MVL_OK;
    forget_kept(f);
    return rc == MVL_NOMEM ? rc : MVL_DAMAGED;
}

/* ---- when ---- */

void index_file_spent(struct index_file *f, uint64_t effort)
{
    f->effort += effort;
}

void index_file_retry(struct index_file *f)
{
    f->has_failed = false;
}

/* Something may have changed, and there is somewhere to keep it. */
static bool can_save(const struct index_file *f)
{
    return f->effort > 0 && f->ops->n_parts && f->ops->n_parts(f->index) > 0 && store_keeps(f->store);
}

static uint64_t least_effort(const struct index_file *f, bool index_has_work)
{
    uint64_t busy = f->kept.effort / BUSY_SHARE, idle = f->kept.effort / IDLE_SHARE;
    if (index_has_work)
        return busy > SAVE_EFFORT ? busy : SAVE_EFFORT;
    return idle < SAVE_EFFORT ? idle : SAVE_EFFORT;
}

uint64_t index_file_work(const struct index_file *f, bool index_has_work)
{
    if (f->save)
        return (uint64_t)(f->save->to.n_parts - f->save->next + 1) * PART_EFFORT;
    if (f->has_failed || !can_save(f) || f->effort < least_effort(f, index_has_work))
        return 0;
    return (uint64_t)(f->ops->n_parts(f->index) + 1) * PART_EFFORT;
}

/* ---- saving ---- */

static bool is_changed(const struct index_file *f, const struct index_save *s, uint32_t part)
{
    return part >= f->kept.n_parts || f->versions[part] != s->versions[part];
}

/* Version 0 is of a part that does not exist. */
static struct part_place place_of(const struct index_file *f, const struct index_save *s, uint32_t part)
{
    struct part_place place = {.slot = PART_ABSENT};
    if (part < f->kept.n_parts)
        place = f->kept.places[part];
    if (!is_changed(f, s, part))
        return place;
    if (s->versions[part] == 0)
        return (struct part_place){.slot = PART_ABSENT};
    place.slot = place.slot == PART_ABSENT ? 0 : place.slot ^ (s->in_place ? 0 : 1);
    return place;
}

/* Where the parts of the save will be. Returns how many of them have changed. */
static uint32_t plan(const struct index_file *f, struct index_save *s, bool at_once)
{
    uint32_t n_changed = 0;
    for (uint32_t i = 0; i < s->to.n_parts; i++) {
        s->versions[i] = f->ops->part_version(f->index, i);
        n_changed += is_changed(f, s, i);
    }
    s->in_place = at_once || n_changed <= IN_PLACE_PARTS;
    for (uint32_t i = 0; i < s->to.n_parts; i++)
        s->to.places[i] = place_of(f, s, i);
    return n_changed;
}

static int begin_save(struct index_file *f, bool at_once)
{
    uint32_t n_parts = f->ops->n_parts(f->index);
    struct index_save *s = f->save = mem_alloc(sizeof *s);
    if (!s)
        return MVL_NOMEM;
    *s = (struct index_save){
        .to = {.definition = f->definition,
               .effort = f->kept.effort + f->effort,
               .n_parts = n_parts,
               .places = mem_array(n_parts, sizeof *s->to.places)},
        .versions = mem_array(n_parts, sizeof *s->versions),
    };
    if (!s->to.places || !s->versions)
        return MVL_NOMEM;
    if (plan(f, s, at_once) > 0 || n_parts != f->kept.n_parts)
        return MVL_OK;
    f->effort = 0; /* for nothing */
    end_save(f);
    return MVL_OK;
}

static int write_part(struct index_file *f, uint32_t part, struct error *e)
{
    struct index_save *s = f->save;
    s->part.n = 0;
    f->ops->part_write(f->index, part, &s->part);
    if (s->part.failed)
        return MVL_NOMEM;
    return parts_write(f->store, &f->table, part, s->part.p, s->part.n, &s->to.places[part], e);
}

/* A transaction's worth of the save: about so many bytes, or all of it when it is in place. */
static int write_some(struct index_file *f, uint64_t most_bytes, struct error *e)
{
    struct index_save *s = f->save;
    uint64_t written = 0;
    if (s->next == 0 && f->kept.n_parts == 0)
        TRY(parts_begin(f->store, &f->table, e));
    for (; s->next < s->to.n_parts && (s->in_place || written < most_bytes); s->next++) {
        if (!is_changed(f, s, s->next) || s->versions[s->next] == 0)
            continue;
        TRY(write_part(f, s->next, e));
        written += s->to.places[s->next].bytes;
    }
    if (s->next < s->to.n_parts)
        return MVL_OK;
    s->is_done = true;
    return parts_write_directory(f->store, &f->table, &s->to, e);
}

/* The file has what the save has written. */
static void take_saved(struct index_file *f)
{
    struct index_save *s = f->save;
    forget_kept(f);
    f->kept = s->to;
    f->versions = s->versions;
    f->effort = 0;
    s->to = (struct part_directory){0};
    s->versions = NULL;
    end_save(f);
}

static int save_slice(struct index_file *f, bool at_once, uint64_t most_bytes, struct error *e)
{
    if (!f->save)
        TRY(begin_save(f, at_once));
    if (!f->save)
        return MVL_OK;
    TRY(store_begin(f->store, e));
    TRY(store_end(f->store, write_some(f, most_bytes, e), e));
    if (f->save->is_done)
        take_saved(f);
    return MVL_OK;
}

static int save(struct index_file *f, bool at_once, uint64_t most_bytes, struct error *e)
{
    int rc = save_slice(f, at_once, most_bytes, e);
    f->has_failed = rc != MVL_OK;
    if (f->has_failed)
        end_save(f);
    return rc;
}

int index_file_save(struct index_file *f, uint32_t effort, struct error *e)
{
    uint64_t bytes = (uint64_t)effort * BYTES_PER_EFFORT;
    return save(f, false, bytes < SLICE_BYTES ? bytes : SLICE_BYTES, e);
}

int index_file_save_all(struct index_file *f, struct error *e)
{
    while (f->save || can_save(f))
        TRY(save(f, true, UINT64_MAX, e));
    return MVL_OK;
}
