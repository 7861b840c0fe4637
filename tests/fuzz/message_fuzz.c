/* Requests through the one door: any bytes get a reply, and the engine lives on. Magic and size are made right, so that
 * the fuzzer gets past them. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "caller.h"
#include "platform_memory.h"
#include "vfs.h"

enum { HEADER = 32, MAGIC = 0x314c564d, CALLS_A_DATABASE = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most);

static struct caller caller;
static unsigned n_calls;

static void do_or_stop(enum caller_op op, const char *params)
{
    if (caller_do(&caller, op, "%s", params) != 0)
        abort();
}

/* An engine with two collections: "a" by the quick form, "b" with every type. */
static void fresh(void)
{
    caller_drop_engine(&caller);
    platform_memory_reset();
    if (vfs_register() != 0)
        abort();
    do_or_stop(CALL_open, "{'path':'/data/fuzz.db'}");
    do_or_stop(CALL_create_collection, "{'collection_name':'a','dimension':2}");
    do_or_stop(
        CALL_create_collection,
        "{'collection_name':'b','schema':{'enable_dynamic_field':true,'fields':["
        "{'name':'id','type':21,'max_length':8,'is_primary':true},{'name':'f','type':1,'nullable':true},"
        "{'name':'i','type':2,'default_value':3},{'name':'r','type':10,'nullable':true},"
        "{'name':'j','type':23,'nullable':true},{'name':'l','type':22,'element_type':4,'max_capacity':3,"
        "'nullable':true},{'name':'v','type':101,'dim':1}]}}");
    n_calls = 0;
}

/* A request to start from: each operation with parameters and columns that fit. */
static void add_columns(unsigned which)
{
    static const float vectors[] = {1, 2, 3, 4};
    if (which % 3 == 0) {
        caller_i64(&caller, "id", (int64_t[]){1, 2});
        caller_f32(&caller, "vector", 2, vectors);
    } else if (which % 3 == 1) {
        caller_str(&caller, "id", (const char *[]){"k", "l"});
        caller_f32(&caller, "v", 1, vectors);
        caller_bool(&caller, "f", (uint8_t[]){1, 0});
        caller_f64(&caller, "r", (double[]){1, 0.5});
        caller_json(&caller, "j", (const char *[]){"{'a':[1,null]}", NULL});
        caller_add(&caller, (struct column){.name = STR("l"),
                                            .kind = KIND_MATRIX_F64,
                                            .offsets = (uint32_t[]){0, 1, 3},
                                            .data = (double[]){1, 2, 3}});
    } else {
        caller_i64(&caller, "ids", (int64_t[]){1, 2});
    }
}

static size_t seed_request(unsigned which, uint8_t *to, size_t most)
{
    static const char with_schema[] =
        "{'collection_name':'d','schema':{'fields':[{'name':'i','type':5,'is_primary':true},"
        "{'name':'w','type':101,'params':{'dim':2}}]},'index_params':{'field_name':'w'}}";
    static const char *const params[] = {
        "{'collection_name':'a'}",
        "{'collection_name':'b'}",
        "{'collection_name':'a','limit':3,'output_fields':['*'],'search_params':{'radius':1.5}}",
        "{'collection_name':'b','output_fields':['id','v','x'],'anns_field':'v'}",
        "{'collection_name':'c','dimension':4,'metric_type':'IP','auto_id':true,'id_type':'string'}",
        "{'collection_name':'b','index_params':[{'field_name':'v','index_type':'HNSW','params':{'M':8}}]}",
        "{'old_name':'a','new_name':'d'}",
        "{}",
        with_schema};
    caller_begin(&caller, (enum caller_op)(which % (CALL_get_server_version + 1)), 2, "%s",
                 params[which / 32 % COUNT(params)]);
    add_columns(which / 512);
    size_t n = caller.request_bytes < most ? caller.request_bytes : most;
    memcpy(to, caller.request, n);
    return n;
}

/* Now and then a whole request begins anew. Half of the changes leave the sizes as they are, so that what they change
 * is not refused for its form. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
    if (n <= HEADER || seed % 64 == 0)
        n = seed_request(seed / 64, data, most);
    if (seed % 2 == 0 || n <= HEADER)
        return LLVMFuzzerMutate(data, n, most);
    uint8_t *at = data + HEADER + seed / 128 % (n - HEADER);
    *at = seed % 4 == 1 ? (uint8_t)(seed >> 24) : (uint8_t)(*at ^ 1u << (seed >> 28) % 8);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!caller.api || ++n_calls > CALLS_A_DATABASE)
        fresh();
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    if (n)
        memcpy(exact, data, n);
    if (n >= HEADER) {
        bytes_set_u32(exact, MAGIC);
        bytes_set_u32(exact + 4, (uint32_t)n);
    }
    size_t reply_bytes;
    if (api_call(caller.api, exact, n) != 0)
        abort();
    const uint8_t *reply = api_reply(caller.api, &reply_bytes);
    if (reply_bytes < HEADER || bytes_u32(reply) != MAGIC || bytes_u32(reply + 4) != reply_bytes ||
        bytes_u32(reply + 16) == 5) /* an internal error */
        abort();
    free(exact);
    if (caller_do(&caller, CALL_list_collections, "{}") != 0) /* closed, by that name or another */
        fresh();
    return 0;
}
