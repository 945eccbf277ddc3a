/* Opening beneath a root by openat2(2), and reading what the page cache holds. */
#include "addon.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* `..` makes openat2 give up when something was renamed meanwhile; so often it is tried again. */
#define RENAME_RETRIES 32

struct request {
  int root;
  int flags;
  uint32_t mode;
  char path[PATH_MAX];
};

static int open_beneath(const struct request *request, uint64_t resolve) {
  struct open_how how = {.flags = (uint64_t)(unsigned)request->flags | O_CLOEXEC,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve};
  /* openat2 refuses what open ignores. */
  if (request->flags & O_PATH)
    how.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  else if ((request->flags & O_CREAT) || (request->flags & O_TMPFILE) == O_TMPFILE)
    how.mode = request->mode & 07777;
  long fd = syscall(SYS_openat2, request->root, request->path, &how, sizeof how);
  return fd < 0 ? -errno : (int)fd;
}

int path_of(napi_env env, napi_value value, char path[PATH_MAX]) {
  size_t length = 0;
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_string) {
    /* The exact length first: a text cut short would open another file. */
    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
      return -EINVAL;
    if (length >= PATH_MAX)
      return -ENAMETOOLONG;
    napi_get_value_string_utf8(env, value, path, PATH_MAX, &length);
  } else {
    uint8_t *data;
    if (!bytes_of(env, value, &data, &length))
      return -EINVAL;
    if (length >= PATH_MAX)
      return -ENAMETOOLONG;
    memcpy(path, data, length);
    path[length] = 0;
  }
  return memchr(path, 0, length) == NULL ? 0 : -EINVAL;
}

/* Fills the request from (rootFd, path, flags, mode); returns 0 or a negative errno. */
static int take_request(napi_env env, napi_callback_info info, struct request *request) {
  napi_value values[4];
  if (!take_arguments(env, info, 4, values))
    return -EINVAL;
  int result = path_of(env, values[1], request->path);
  if (result != 0)
    return result;
  request->root = int32_of(env, values[0]);
  request->flags = int32_of(env, values[2]);
  request->mode = (uint32_t)int32_of(env, values[3]);
  return 0;
}

/* openCached(rootFd, path, flags, mode): the descriptor, or a negative errno; -EAGAIN: it might have to wait.
 */
static napi_value open_cached(napi_env env, napi_callback_info info) {
  struct request request;
  int result = take_request(env, info, &request);
  if (result == 0)
    result = open_beneath(&request, RESOLVE_CACHED);
  return number(env, result);
}

struct open_work {
  struct work work;
  struct request request;
};

static void execute_open(struct work *work) {
  struct open_work *open = (struct open_work *)work;
  for (int tries = 0; tries < RENAME_RETRIES; tries++) {
    work->result = open_beneath(&open->request, 0);
    if (work->result != -EAGAIN)
      break;
  }
}

static void discard_open(struct work *work) {
  if (work->result >= 0)
    close((int)work->result);
}

/* openInPool(rootFd, path, flags, mode): a promise of the descriptor or a negative errno. */
static napi_value open_in_pool(napi_env env, napi_callback_info info) {
  struct open_work *open = calloc(1, sizeof *open);
  if (open == NULL)
    return number(env, -ENOMEM);
  int result = take_request(env, info, &open->request);
  if (result != 0) {
    free(open);
    return number(env, result);
  }
  open->work.execute = execute_open;
  open->work.discard = discard_open;
  return start_work(env, &open->work, "wherry.open");
}

/* canOpenBeneath(): whether the kernel, and what filters its calls, has openat2. */
static napi_value can_open_beneath(napi_env env, napi_callback_info info) {
  (void)info;
  struct request request = {.root = AT_FDCWD, .flags = O_PATH | O_DIRECTORY, .path = "."};
  int fd = open_beneath(&request, 0);
  if (fd >= 0)
    close(fd);
  napi_value result = NULL;
  napi_get_boolean(env, fd >= 0, &result);
  return result;
}

ssize_t readv_without_disk(int fd, const struct iovec *parts, int count, off_t position) {
  ssize_t result = preadv2(fd, parts, count, position, RWF_NOWAIT);
  if (result >= 0 || errno != EOPNOTSUPP)
    return result;
  /* Files in memory do not know the flag and need it least. */
  struct statfs about;
  if (fstatfs(fd, &about) == 0 && about.f_type == TMPFS_MAGIC)
    return preadv(fd, parts, count, position);
  errno = EAGAIN;
  return -1;
}

ssize_t read_without_disk(int fd, void *target, size_t length, off_t position) {
  struct iovec part = {.iov_base = target, .iov_len = length};
  return readv_without_disk(fd, &part, 1, position);
}

/* readCached(fd, target, position): octets read, or -1. */
static napi_value read_cached(napi_env env, napi_callback_info info) {
  napi_value values[3];
  uint8_t *data;
  size_t length;
  ssize_t result = -1;
  if (take_arguments(env, info, 3, values) && bytes_of(env, values[1], &data, &length))
    result = read_without_disk(int32_of(env, values[0]), data, length, int64_of(env, values[2]));
  return number(env, result < 0 ? -1 : (double)result);
}

void register_open_beneath(napi_env env, napi_value exports) {
  export_function(env, exports, "openCached", open_cached);
  export_function(env, exports, "openInPool", open_in_pool);
  export_function(env, exports, "canOpenBeneath", can_open_beneath);
  export_function(env, exports, "readCached", read_cached);
}
