/* Work that runs out of memory at every point where it can. */
#ifndef FAULTS_H
#define FAULTS_H

#include "base/error.h"
#include "base/mem.h"
#include "unit.h"

/* Runs work with its first allocation failing, then with its second, and so on until it gets through. It must
 * return MVL_NOMEM each time but the last, and leak nothing. Returns how many allocations were made to fail. */
static inline uint64_t each_allocation_fails(int (*work)(void *context), void *context)
{
    for (uint64_t nth = 1;; nth++) {
        mem_fail_nth(0);
        mem_fail_nth(nth);
        int rc = work(context);
        bool failed = mem_fail_nth(0) >= nth;
        if (!CHECK_EQ_INT(rc, failed ? MVL_NOMEM : MVL_OK) || !failed)
            return nth - 1;
    }
}

#endif
