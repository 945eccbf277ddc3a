#include "addon.h"

#include <stdlib.h>
#include <unistd.h>

struct addon *addon_of(napi_env env) {
  void *data = NULL;
  napi_get_instance_data(env, &data);
  return data;
}

void export_function(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok)
    napi_set_named_property(env, exports, name, value);
}

bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  return napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok;
}

int32_t int32_of(napi_env env, napi_value value) {
  int32_t number = -1;
  napi_get_value_int32(env, value, &number);
  return number;
}

int64_t int64_of(napi_env env, napi_value value) {
  int64_t number = -1;
  napi_get_value_int64(env, value, &number);
  return number;
}

bool bytes_of(napi_env env, napi_value value, uint8_t **data, size_t *length) {
  void *start = NULL;
  if (napi_get_typedarray_info(env, value, NULL, length, &start, NULL, NULL) != napi_ok)
    return false;
  *data = start;
  return true;
}

napi_value number(napi_env env, double value) {
  napi_value result = NULL;
  napi_create_double(env, value, &result);
  return result;
}

static void free_addon(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct addon *addon = data;
  /* A worker thread that ends must not leave the descriptors of its sockets to the process. */
  for (size_t fd = 0; fd < addon->descriptor_count; fd++)
    if (addon->descriptors[fd] & OWNED)
      close((int)fd);
  free(addon->descriptors);
  free_lanes(addon);
  free_batch(addon);
  pthread_mutex_destroy(&addon->lanes_mutex);
  free(addon->scratch);
  free(addon);
}

NAPI_MODULE_INIT() {
  struct addon *addon = calloc(1, sizeof *addon);
  if (addon == NULL)
    return NULL;
  addon->env = env;
  addon->epoll = -1;
  addon->scratch = malloc(INLINE_OCTETS);
  pthread_mutex_init(&addon->lanes_mutex, NULL);
  if (addon->scratch == NULL || napi_set_instance_data(env, addon, free_addon, NULL) != napi_ok) {
    free_addon(env, addon, NULL);
    return NULL;
  }
  napi_set_named_property(env, exports, "revision", number(env, INTERFACE_REVISION));
  register_open_beneath(env, exports);
  register_names(env, exports);
  register_scan(env, exports);
  register_socket(env, exports);
  register_reactor(env, exports);
  register_transfer(env, exports);
  register_datagram(env, exports);
  register_block_stream(env, exports);
  register_block_intake(env, exports);
  register_aes_gcm(env, exports);
  register_map(env, exports);
  return exports;
}
