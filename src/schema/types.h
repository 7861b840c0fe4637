/* The data types of fields. */
#pragma once
#include "base/base.h"

enum data_type {
    DATA_TYPE_NONE = 0,
#define DATA_TYPE(name, number, class, rest) DATA_TYPE_##name = number,
#include "schema/types.def"
#undef DATA_TYPE
};

/* How values of a type are held in columns and in SQL. */
enum type_class {
    CLASS_NONE,     /* no type */
    CLASS_BOOL,     /* int64 0 or 1 */
    CLASS_INT,      /* int64 */
    CLASS_REAL,     /* double; of a FLOAT, rounded to float */
    CLASS_TIME,     /* int64, microseconds: see schema/timestamp.h */
    CLASS_TEXT,     /* UTF-8 */
    CLASS_GEOMETRY, /* UTF-8: see schema/wkt.h */
    CLASS_JSON,     /* JSON text */
    CLASS_SPARSE,   /* packed pairs: see base/sparse.h */
    CLASS_VECTOR,   /* dim numbers: see schema/coerce_vectors.h */
};

enum load_state {
#define LOAD_STATE(name, number) LOAD_STATE_##name = number,
#include "schema/types.def"
#undef LOAD_STATE
};

enum limits {
#define LIMIT(name, value) LIMIT_##name = value,
#include "schema/types.def"
#undef LIMIT
};

const char *data_type_name(enum data_type t); /* "FLOAT_VECTOR", "" for NONE */
enum type_class data_type_class(enum data_type t);
bool data_type_is_vector(enum data_type t); /* by number, also of those not stored yet */

/* By Milvus' number, or by name in pymilvus' or REST's spelling ("FLOAT_VECTOR", "FloatVector"). NONE when unknown. */
enum data_type data_type_from_number(int64_t number);
enum data_type data_type_from_name(struct str name);

/* The values an integer type holds. */
struct int_range {
    int64_t min, max;
};
struct int_range data_type_int_range(enum data_type t);

/* A field or collection name: a letter or _ first, then letters, digits, _, at most 255 bytes. */
bool name_valid(struct str name);
