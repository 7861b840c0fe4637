#include "schema/types.h"

static const struct {
    enum data_type type;
    enum type_class class;
    const char *name, *rest_name;
} types[] = {
#define DATA_TYPE(name, number, class, rest) {DATA_TYPE_##name, CLASS_##class, #name, rest},
#include "schema/types.def"
#undef DATA_TYPE
};

const char *data_type_name(enum data_type t)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].type == t)
            return types[i].name;
    return "";
}

enum type_class data_type_class(enum data_type t)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].type == t)
            return types[i].class;
    return CLASS_NONE;
}

bool data_type_is_vector(enum data_type t)
{
    return t >= DATA_TYPE_BINARY_VECTOR && t <= DATA_TYPE_INT8_VECTOR;
}

enum data_type data_type_from_number(int64_t number)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if ((int64_t)types[i].type == number)
            return types[i].type;
    return DATA_TYPE_NONE;
}

enum data_type data_type_from_name(struct str name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_eq_nocase(name, str_of(types[i].name)) || str_eq_nocase(name, str_of(types[i].rest_name)))
            return types[i].type;
    return DATA_TYPE_NONE;
}

struct int_range data_type_int_range(enum data_type t)
{
    int bits = t == DATA_TYPE_INT8 ? 8 : t == DATA_TYPE_INT16 ? 16 : t == DATA_TYPE_INT32 ? 32 : 64;
    int64_t max = INT64_MAX >> (64 - bits);
    return (struct int_range){-max - 1, max};
}

bool name_valid(struct str name)
{
    if (name.n == 0 || name.n > LIMIT_MAX_NAME_BYTES)
        return false;
    for (uint32_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return true;
}
