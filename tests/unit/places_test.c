#include "base/places.h"

#include "random.h"

enum { N = 2000 };

TEST(rows_stand_by_their_numbers_equal_ones_by_their_places)
{
    static uint32_t rows[N];
    static placed_row sorted[N];
    static bool seen[N];
    struct random r = random_from(61);
    for (uint32_t i = 0; i < N; i++)
        rows[i] = i % 7 ? random_below(&r, N / 2) : UINT32_MAX - random_below(&r, 3);
    places_sort(rows, N, sorted);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t row = placed_row_number(sorted[i]), place = placed_row_place(sorted[i]);
        CHECK(place < N && !seen[place] && rows[place] == row);
        seen[place % N] = true;
        if (i == 0)
            continue;
        uint32_t before = placed_row_number(sorted[i - 1]);
        CHECK(before < row || (before == row && placed_row_place(sorted[i - 1]) < place));
    }
    places_sort(NULL, 0, sorted);
}
