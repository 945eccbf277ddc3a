/*
 * Names in a directory that is open. Node has no calls that begin at a descriptor, and a path through /proc costs twice
 * as much as what is then done with it.
 */
#include "addon.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Reads (directoryFd, name) from the first two values; 0 or a negative errno. */
static int take_name(napi_env env, const napi_value *values, int *directory, char name[PATH_MAX]) {
  *directory = int32_of(env, values[0]);
  return path_of(env, values[1], name);
}

/* nameIsFree(directoryFd, name): 1 or 0. */
static napi_value name_is_free(napi_env env, napi_callback_info info) {
  napi_value values[2];
  int directory;
  char name[PATH_MAX];
  struct stat about;
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  int result = take_name(env, values, &directory, name);
  if (result == 0 && fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
    result = errno == ENOENT ? 1 : -errno;
  return number(env, result);
}

/* nameCreate(directoryFd, name, mode): the descriptor of a new file. */
static napi_value name_create(napi_env env, napi_callback_info info) {
  napi_value values[3];
  int directory;
  char name[PATH_MAX];
  if (!take_arguments(env, info, 3, values))
    return number(env, -EINVAL);
  int result = take_name(env, values, &directory, name);
  if (result == 0) {
    mode_t mode = (mode_t)int32_of(env, values[2]) & 07777;
    result = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (result < 0)
      result = -errno;
  }
  return number(env, result);
}

/* nameReplace(directoryFd, from, to): 0. */
static napi_value name_replace(napi_env env, napi_callback_info info) {
  napi_value values[3];
  int directory;
  char from[PATH_MAX], to[PATH_MAX];
  if (!take_arguments(env, info, 3, values))
    return number(env, -EINVAL);
  int result = take_name(env, values, &directory, from);
  if (result == 0)
    result = path_of(env, values[2], to);
  if (result == 0 && renameat(directory, from, directory, to) != 0)
    result = -errno;
  return number(env, result);
}

void register_names(napi_env env, napi_value exports) {
  export_function(env, exports, "nameIsFree", name_is_free);
  export_function(env, exports, "nameCreate", name_create);
  export_function(env, exports, "nameReplace", name_replace);
}
