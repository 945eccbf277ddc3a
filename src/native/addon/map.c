/*
 * A file of fixed size, written as memory: adding a line is a copy, and the kernel has it as soon as it is done, so that
 * no kill of the process takes it back. Room on the disk is reserved when the file is mapped; memory without room behind
 * it would end the process.
 */
#include "addon.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

struct map {
  uint8_t *start;
  size_t size;
  size_t used;
};

static void free_map(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct map *map = data;
  if (map->start != NULL)
    munmap(map->start, map->size);
  free(map);
}

/* mapOpen(fd, octets): the map of a file that is empty, or a negative errno. */
static napi_value map_open(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  int64_t size = int64_of(env, values[1]);
  if (size <= 0)
    return number(env, -EINVAL);
  if (fallocate(fd, 0, 0, size) != 0)
    return number(env, -errno);
  struct map *map = calloc(1, sizeof *map);
  if (map == NULL)
    return number(env, -ENOMEM);
  void *start = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED) {
    int error = errno;
    free(map);
    return number(env, -error);
  }
  map->start = start;
  map->size = (size_t)size;
  if (napi_create_external(env, map, free_map, NULL, &result) != napi_ok) {
    free_map(env, map, NULL);
    return number(env, -ENOMEM);
  }
  return result;
}

static struct map *map_of(napi_env env, napi_value value) {
  void *data = NULL;
  napi_get_value_external(env, value, &data);
  return data;
}

/*
 * mapAppend(map, line): octets used with it, or -ENOSPC when there is no room for all of it. The line comes without its
 * end, which is put behind it when everything else is there: what is cut off by a kill has none.
 */
static napi_value map_append(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct map *map = take_arguments(env, info, 2, values) ? map_of(env, values[0]) : NULL;
  size_t length;
  if (map == NULL || map->start == NULL ||
      napi_get_value_string_utf8(env, values[1], NULL, 0, &length) != napi_ok)
    return number(env, -EINVAL);
  if (length >= map->size - map->used)
    return number(env, -ENOSPC);
  uint8_t *target = map->start + map->used;
  /* The zero that this puts at the end lies where the end of the line will. */
  if (napi_get_value_string_utf8(env, values[1], (char *)target, length + 1, &length) != napi_ok)
    return number(env, -EINVAL);
  __atomic_store_n(target + length, '\n', __ATOMIC_RELEASE);
  map->used += length + 1;
  return number(env, (double)map->used);
}

/* mapClose(map): 0. Safe to call twice. */
static napi_value map_close(napi_env env, napi_callback_info info) {
  napi_value value;
  struct map *map = take_arguments(env, info, 1, &value) ? map_of(env, value) : NULL;
  if (map == NULL)
    return number(env, -EINVAL);
  if (map->start != NULL)
    munmap(map->start, map->size);
  map->start = NULL;
  return number(env, 0);
}

void register_map(napi_env env, napi_value exports) {
  export_function(env, exports, "mapOpen", map_open);
  export_function(env, exports, "mapAppend", map_append);
  export_function(env, exports, "mapClose", map_close);
}
