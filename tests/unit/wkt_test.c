#include "schema/wkt.h"

#include "unit.h"

TEST(geometries_of_every_kind_are_known)
{
    static const char *const cases[] = {
        "POINT (1 2)",
        "point(-1.5 2e3)",
        " POINT ( 1  2 ) ",
        "POINT EMPTY",
        "POINT Z (1 2 3)",
        "POINT M (1 2 3)",
        "POINT ZM (1 2 3 4)",
        "POINT (1 2 3)",
        "LINESTRING (0 0, 1 1)",
        "LINESTRING EMPTY",
        "POLYGON ((0 0, 4 0, 4 4, 0 0))",
        "POLYGON ((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "MULTIPOINT (1 2, 3 4)",
        "MULTIPOINT ((1 2), (3 4))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3, 4 4))",
        "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
        "GEOMETRYCOLLECTION EMPTY",
        "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (1 2)), POINT EMPTY)",
    };
    uint32_t at;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!CHECK(wkt_valid(str_of(cases[i]), &at)))
            printf("# %s at %u\n", cases[i], at);
}

TEST(what_is_no_geometry_is_told_with_its_place)
{
    static const struct {
        const char *text;
        uint32_t at;
    } cases[] = {
        {"", 0},
        {"1 2", 0},
        {"CIRCLE (1 2)", 0},
        {"POINT", 5},
        {"POINT (1)", 8},
        {"POINT (1 x)", 9},
        {"POINT (1 2", 10},
        {"POINT (1 2) x", 12},
        {"POINT (1 2, 3 4)", 10},
        {"POINT (1 1e999)", 9},
        {"POINT (1 nan)", 9},
        {"POINT (1 2 3 4 5)", 15},
        {"POINT Z (1 2)", 12},
        {"LINESTRING (0 0)", 15},
        {"LINESTRING (0 0, 1 1 1)", 22},
        {"POLYGON ((0 0, 4 0, 4 4, 0 1))", 28},
        {"POLYGON ((0 0, 4 0, 0 0))", 23},
        {"POLYGON (0 0, 4 0, 4 4, 0 0)", 9},
        {"MULTIPOINT ((1 2), 3 4", 22},
        {"GEOMETRYCOLLECTION (POINT (1 2)", 31},
        {"GEOMETRYCOLLECTION (POINT (1 2), )", 33},
        {"GEOMETRYCOLLECTION ()", 20},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t at = 0;
        if (!CHECK(!wkt_valid(str_of(cases[i].text), &at)) || !CHECK_EQ_INT(at, cases[i].at))
            printf("# %s\n", cases[i].text);
    }
}

TEST(collections_are_nested_so_deep_and_no_deeper)
{
    for (uint32_t depth = 31; depth <= 33; depth++) {
        char text[33 * 21 + 64] = "";
        size_t n = 0;
        uint32_t at;
        for (uint32_t i = 0; i < depth; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "GEOMETRYCOLLECTION (");
        n += (size_t)snprintf(text + n, sizeof text - n, "POINT (1 2)");
        for (uint32_t i = 0; i < depth; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, ")");
        CHECK_EQ_INT(wkt_valid(str_of(text), &at), depth <= 32);
    }
}
