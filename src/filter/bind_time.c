#include "filter/binder.h"
#include "schema/timestamp.h"

static bool is_of_time(const struct operand *o)
{
    return o->type == TYPE_TIME || o->type == TYPE_INTERVAL;
}

int time_of_text(struct binder *b, struct operand *o, const struct operand *beside)
{
    struct cell *c = &o->source.constant;
    if (beside->type != TYPE_TIME || o->type != TYPE_TEXT || o->source.from != FROM_CONSTANT)
        return MVL_OK;
    if (!timestamp_parse(c->text, &c->integer))
        return FAIL(b, o->span, STR_NONE, "expected a time as ISO '2025-01-31T12:00:00Z'");
    c->kind = JSON_INT;
    o->type = TYPE_TIME;
    return MVL_OK;
}

void interval_as_length(struct operand *o)
{
    static const int64_t month = INT64_C(30) * 86400 * 1000000;
    if (o->type == TYPE_INTERVAL)
        o->source.constant.integer += o->months * month;
    o->months = 0;
}

struct operand months_of_interval(uint8_t op, const struct operand *interval)
{
    struct operand months = *interval;
    months.type = TYPE_INT;
    months.source.constant = (struct cell){.kind = JSON_INT,
                                           .integer = op == '-' ? -interval->months : interval->months};
    return months;
}

bool times_stand(const struct operand *x, const struct operand *y)
{
    return is_of_time(x) || is_of_time(y);
}

bool times_compute(uint8_t op, const struct operand *x, const struct operand *y)
{
    if (op == '+' && x->type == TYPE_INTERVAL)
        return y->type == TYPE_TIME;
    return (op == '+' || op == '-') && x->type == TYPE_TIME && y->type == TYPE_INTERVAL;
}
