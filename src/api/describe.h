/* Collections and indexes in the shapes of pymilvus' describe_* methods. */
#pragma once
#include "base/bytes.h"
#include "engine/indexes.h"

void describe_collection(const struct collection *c, struct writer *w);
void describe_index(const struct collection *c, const struct index_definition *d, struct writer *w);
