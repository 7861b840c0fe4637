#include "base/topk.h"

#include "base/error.h"
#include "base/mem.h"

static bool is_worse(struct topk_entry a, struct topk_entry b)
{
    return a.order > b.order || (a.order == b.order && a.row > b.row);
}

int topk_init(struct topk *t, uint32_t k)
{
    *t = (struct topk){.entries = mem_array(k, sizeof *t->entries), .k = k};
    return t->entries ? MVL_OK : MVL_NOMEM;
}

void topk_fini(struct topk *t)
{
    mem_free(t->entries);
    *t = (struct topk){0};
}

/* Puts e into the hole at the top of a heap of n entries. */
static void sift_down(struct topk_entry *heap, uint32_t n, struct topk_entry e)
{
    uint32_t hole = 0;
    for (;;) {
        uint32_t child = 2 * hole + 1;
        if (child >= n)
            break;
        if (child + 1 < n && is_worse(heap[child + 1], heap[child]))
            child++;
        if (!is_worse(heap[child], e))
            break;
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = e;
}

void topk_push(struct topk *t, float order, uint32_t row)
{
    struct topk_entry e = {order, row};
    if (t->n < t->k) {
        uint32_t hole = t->n++;
        while (hole > 0 && is_worse(e, t->entries[(hole - 1) / 2])) {
            t->entries[hole] = t->entries[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }
        t->entries[hole] = e;
    } else if (t->k > 0 && is_worse(t->entries[0], e)) {
        sift_down(t->entries, t->n, e);
    }
}

void topk_sort(struct topk *t)
{
    for (uint32_t n = t->n; n > 1; n--) {
        struct topk_entry worst = t->entries[0];
        sift_down(t->entries, n - 1, t->entries[n - 1]);
        t->entries[n - 1] = worst;
    }
}
