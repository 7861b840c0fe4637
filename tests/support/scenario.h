/* A script of operations on a database, and a model that says what must be in it after each. Fault tests run it with
 * one thing going wrong at a time. */
#pragma once
#include "caller.h"

enum { MODEL_COLLECTIONS = 3, MODEL_KEYS = 48 };

#define SCENARIO_PATH "/data/scenario.db"

/* What the database holds: a row's whole content follows from its collection, key and version. */
struct model {
    bool is_open;
    struct model_collection {
        const char *name;            /* NULL: there is none */
        uint8_t version[MODEL_KEYS]; /* of the row with that key; 0: no row */
        bool is_loaded;
        const char *index; /* the type of the index on its first vector field, or NULL */
    } collections[MODEL_COLLECTIONS];
};

uint32_t scenario_steps(void);
const char *scenario_step_name(uint32_t step);
bool scenario_step_is_open(uint32_t step);
bool scenario_step_is_close(uint32_t step);

/* Sends a step's request and returns the reply's code; when it is 0, checks what the reply says by the model, which
 * is the state before the step, and sets *wrong with a printed reason when it does not hold. */
int scenario_send(struct caller *c, uint32_t step, const struct model *m, bool *wrong);

/* What a step that succeeded does. */
void scenario_apply(struct model *m, uint32_t step);

/* Is everything in the open database as the model says? Prints what is not. Whatever it finds closed it does not open;
 * it changes nothing. */
bool scenario_check(struct caller *c, const struct model *m);

/* Opens the file and does the same; closes nothing. */
bool scenario_check_reopened(struct caller *c, const struct model *m);
