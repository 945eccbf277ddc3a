/*
 * Scanning a directory: names by getdents64, attributes by statx, a batch of both at a time in the thread
 * pool. Names are read by one thread at a time, attributes by as many as there are batches under way: each of
 * them waits for memory most of its time. A batch is handed over as one block of memory with the columns behind
 * each other, which costs the main thread the same for ten entries and for a hundred thousand.
 */
#include "addon.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DIRENT_OCTETS (256 * 1024)

struct dirent_header {
  uint64_t inode;
  int64_t next;
  unsigned short length;
  unsigned char type;
  char name[];
};

struct scan {
  int fd;
  /* Batches under way; known to the main thread alone. */
  size_t busy;
  bool closed;
  /* Held while names are read. */
  pthread_mutex_t reading;
  size_t filled;
  size_t taken;
  char buffer[DIRENT_OCTETS];
};

struct text {
  char *data;
  size_t length;
  size_t capacity;
};

struct entry {
  size_t name;
  size_t name_length;
  size_t target;
  size_t target_length;
  double size, modified, accessed, changed, created, device, inode;
  uint32_t mode, user, group, links;
};

struct batch {
  struct work work;
  struct scan *scan;
  napi_ref scan_reference;
  uint32_t maximum;
  /* The end was reached with it. */
  bool last;
  struct text names;
  struct text targets;
  struct entry *entries;
  size_t count;
  size_t capacity;
  uint8_t *block;
  size_t block_length;
};

static bool append(struct text *text, const char *data, size_t length) {
  if (text->length + length > text->capacity) {
    size_t capacity = text->capacity == 0 ? 4096 : text->capacity;
    while (capacity < text->length + length)
      capacity *= 2;
    char *grown = realloc(text->data, capacity);
    if (grown == NULL)
      return false;
    text->data = grown;
    text->capacity = capacity;
  }
  memcpy(text->data + text->length, data, length);
  text->length += length;
  return true;
}

static double milliseconds(struct statx_timestamp time) {
  return (double)time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

/* Adds a name with its NUL; returns false when memory ran out. */
static bool add_name(struct batch *batch, const struct dirent_header *found) {
  if (batch->count == batch->capacity) {
    size_t capacity = batch->capacity == 0 ? 64 : batch->capacity * 2;
    struct entry *grown = realloc(batch->entries, capacity * sizeof *grown);
    if (grown == NULL)
      return false;
    batch->entries = grown;
    batch->capacity = capacity;
  }
  struct entry *entry = &batch->entries[batch->count];
  memset(entry, 0, sizeof *entry);
  entry->mode = DTTOIF(found->type);
  entry->name = batch->names.length;
  entry->name_length = strlen(found->name);
  if (!append(&batch->names, found->name, entry->name_length + 1))
    return false;
  batch->count++;
  return true;
}

/* Fills in the attributes of an entry; false when it is gone meanwhile. What cannot be told stays zero. */
static bool examine(struct batch *batch, struct entry *entry) {
  struct statx stat;
  const char *name = batch->names.data + entry->name;
  if (statx(batch->scan->fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &stat) != 0)
    return errno != ENOENT;
  entry->size = (double)stat.stx_size;
  entry->modified = milliseconds(stat.stx_mtime);
  entry->accessed = milliseconds(stat.stx_atime);
  entry->changed = milliseconds(stat.stx_ctime);
  entry->created = stat.stx_mask & STATX_BTIME ? milliseconds(stat.stx_btime) : 0;
  entry->device = (double)makedev(stat.stx_dev_major, stat.stx_dev_minor);
  entry->inode = (double)stat.stx_ino;
  entry->mode = stat.stx_mode;
  entry->user = stat.stx_uid;
  entry->group = stat.stx_gid;
  entry->links = stat.stx_nlink;
  return true;
}

/* Adds the text of a link; returns false when memory ran out. */
static bool add_target(struct batch *batch, struct entry *entry) {
  char target[PATH_MAX];
  ssize_t length = readlinkat(batch->scan->fd, batch->names.data + entry->name, target, sizeof target);
  entry->target = batch->targets.length;
  entry->target_length = length < 0 ? 0 : (size_t)length;
  return length <= 0 || append(&batch->targets, target, (size_t)length);
}

static int compare_entries(const void *left, const void *right, void *names) {
  const struct entry *first = left, *second = right;
  size_t shorter = first->name_length < second->name_length ? first->name_length : second->name_length;
  int order = memcmp((const char *)names + first->name, (const char *)names + second->name, shorter);
  if (order != 0)
    return order;
  return first->name_length < second->name_length ? -1 : first->name_length > second->name_length;
}

/* 0: ASCII, 1: UTF-8, 2: anything else (Unicode table 3-7). */
static uint8_t kind_of(const uint8_t *name, size_t length) {
  size_t at = 0;
  while (at < length && name[at] < 0x80)
    at++;
  if (at == length)
    return 0;
  while (at < length) {
    uint8_t first = name[at];
    size_t more = first < 0x80   ? 0
                  : first < 0xc2 ? 4
                  : first < 0xe0 ? 1
                  : first < 0xf0 ? 2
                  : first < 0xf5 ? 3
                                 : 4;
    if (more > 3 || at + more >= length)
      return 2;
    if (more > 0) {
      uint8_t lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
      uint8_t highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
      if (name[at + 1] < lowest || name[at + 1] > highest)
        return 2;
    }
    for (size_t index = 2; index <= more; index++)
      if ((name[at + index] & 0xc0) != 0x80)
        return 2;
    at += more + 1;
  }
  return 1;
}

/*
 * The block: four doubles (entries, octets of names, octets of targets, 1 in the last block); columns of doubles (size,
 * modified, accessed, changed, created, device, inode); columns of 32 bits (mode, user, group, links);
 * offsets of names and of targets (one more than entries); kinds; names; targets.
 */
static bool build_block(struct batch *batch) {
  size_t count = batch->count, names_length = 0;
  for (size_t index = 0; index < count; index++)
    names_length += batch->entries[index].name_length;
  batch->block_length =
      32 + count * (7 * 8 + 4 * 4 + 1) + 2 * (count + 1) * 4 + names_length + batch->targets.length;
  batch->block = malloc(batch->block_length);
  if (batch->block == NULL)
    return false;
  qsort_r(batch->entries, count, sizeof *batch->entries, compare_entries, batch->names.data);
  double *header = (double *)batch->block;
  header[0] = (double)count;
  header[1] = (double)names_length;
  header[2] = (double)batch->targets.length;
  header[3] = batch->last;
  double *numbers = header + 4;
  uint32_t *integers = (uint32_t *)(numbers + 7 * count);
  uint32_t *name_offsets = integers + 4 * count, *target_offsets = name_offsets + count + 1;
  uint8_t *kinds = (uint8_t *)(target_offsets + count + 1);
  uint8_t *names = kinds + count, *targets = names + names_length;
  uint32_t name_end = 0, target_end = 0;
  name_offsets[0] = target_offsets[0] = 0;
  for (size_t index = 0; index < count; index++) {
    const struct entry *entry = &batch->entries[index];
    const double columns[] = {entry->size,    entry->modified, entry->accessed, entry->changed,
                              entry->created, entry->device,   entry->inode};
    for (size_t column = 0; column < 7; column++)
      numbers[column * count + index] = columns[column];
    integers[index] = entry->mode;
    integers[count + index] = entry->user;
    integers[2 * count + index] = entry->group;
    integers[3 * count + index] = entry->links;
    memcpy(names + name_end, batch->names.data + entry->name, entry->name_length);
    kinds[index] = kind_of(names + name_end, entry->name_length);
    name_offsets[index + 1] = name_end += (uint32_t)entry->name_length;
    if (entry->target_length > 0)
      memcpy(targets + target_end, batch->targets.data + entry->target, entry->target_length);
    target_offsets[index + 1] = target_end += (uint32_t)entry->target_length;
  }
  return true;
}

/* Reads the names of a batch; returns 0 or a negative errno. */
static int64_t read_names(struct batch *batch) {
  struct scan *scan = batch->scan;
  while (batch->count < batch->maximum) {
    if (scan->taken == scan->filled) {
      long filled = syscall(SYS_getdents64, scan->fd, scan->buffer, sizeof scan->buffer);
      if (filled < 0)
        return -errno;
      if (filled == 0) {
        batch->last = true;
        return 0;
      }
      scan->filled = (size_t)filled;
      scan->taken = 0;
    }
    const struct dirent_header *found = (const struct dirent_header *)(scan->buffer + scan->taken);
    scan->taken += found->length;
    if (found->name[0] == '.' && (found->name[1] == 0 || (found->name[1] == '.' && found->name[2] == 0)))
      continue;
    if (!add_name(batch, found))
      return -ENOMEM;
  }
  return 0;
}

/* Replaces the names by the entries that are still there; returns 0 or a negative errno. */
static int64_t examine_names(struct batch *batch) {
  size_t kept = 0;
  for (size_t index = 0; index < batch->count; index++) {
    struct entry *entry = &batch->entries[index];
    if (!examine(batch, entry))
      continue;
    if (S_ISLNK(entry->mode) && !add_target(batch, entry))
      return -ENOMEM;
    batch->entries[kept++] = *entry;
  }
  batch->count = kept;
  return build_block(batch) ? 0 : -ENOMEM;
}

static void execute_scan(struct work *work) {
  struct batch *batch = (struct batch *)work;
  pthread_mutex_lock(&batch->scan->reading);
  work->result = read_names(batch);
  pthread_mutex_unlock(&batch->scan->reading);
  /* No name at all is the end; all of them gone is an empty batch. */
  if (work->result == 0 && batch->count > 0)
    work->result = examine_names(batch);
  free(batch->names.data);
  free(batch->targets.data);
  free(batch->entries);
}

static void free_block(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static void discard_batch(struct work *work) { free(((struct batch *)work)->block); }

static void close_scan(struct scan *scan) {
  if (scan->fd >= 0)
    close(scan->fd);
  scan->fd = -1;
}

/* An ArrayBuffer, undefined at the end, or a negative errno. */
static napi_value finish_scan(napi_env env, struct work *work) {
  struct batch *batch = (struct batch *)work;
  napi_value result = NULL;
  batch->scan->busy--;
  if (batch->scan->closed && batch->scan->busy == 0)
    close_scan(batch->scan);
  napi_delete_reference(env, batch->scan_reference);
  if (work->result < 0) {
    free(batch->block);
    batch->block = NULL;
    return number(env, (double)work->result);
  }
  if (batch->block == NULL) {
    napi_get_undefined(env, &result);
    return result;
  }
  uint8_t *block = batch->block;
  batch->block = NULL;
  if (napi_create_external_arraybuffer(env, block, batch->block_length, free_block, NULL, &result) == napi_ok)
    return result;
  /* Where memory from outside is not allowed in the heap's cage. */
  void *copy;
  if (napi_create_arraybuffer(env, batch->block_length, &copy, &result) == napi_ok)
    memcpy(copy, block, batch->block_length);
  free(block);
  return result;
}

static void free_scan(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_scan(data);
  pthread_mutex_destroy(&((struct scan *)data)->reading);
  free(data);
}

/* scanOpen(directoryFd): the scan, or a negative errno. */
static napi_value scan_open(napi_env env, napi_callback_info info) {
  napi_value value, result;
  if (!take_arguments(env, info, 1, &value))
    return number(env, -EINVAL);
  struct scan *scan = malloc(sizeof *scan);
  if (scan == NULL)
    return number(env, -ENOMEM);
  memset(scan, 0, offsetof(struct scan, buffer));
  pthread_mutex_init(&scan->reading, NULL);
  /* Opened anew, so that it has its own position and works on a descriptor made with O_PATH. */
  scan->fd = openat(int32_of(env, value), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (scan->fd < 0) {
    int error = errno;
    free_scan(env, scan, NULL);
    return number(env, -error);
  }
  if (napi_create_external(env, scan, free_scan, NULL, &result) != napi_ok) {
    free_scan(env, scan, NULL);
    return number(env, -ENOMEM);
  }
  return result;
}

static struct scan *scan_of(napi_env env, napi_value value) {
  void *data = NULL;
  napi_get_value_external(env, value, &data);
  return data;
}

/* scanNext(scan, maximum): a promise of a further batch; of several under way each gets others. */
static napi_value scan_next(napi_env env, napi_callback_info info) {
  napi_value values[2];
  struct scan *scan = take_arguments(env, info, 2, values) ? scan_of(env, values[0]) : NULL;
  if (scan == NULL || scan->closed)
    return number(env, -EINVAL);
  struct batch *batch = calloc(1, sizeof *batch);
  if (batch == NULL)
    return number(env, -ENOMEM);
  batch->scan = scan;
  batch->maximum = (uint32_t)int32_of(env, values[1]);
  batch->work.execute = execute_scan;
  batch->work.finish = finish_scan;
  batch->work.discard = discard_batch;
  /* The scan must outlive the work that uses it. */
  napi_create_reference(env, values[0], 1, &batch->scan_reference);
  scan->busy++;
  return start_work(env, &batch->work, "wherry.scan");
}

/* scanClose(scan) */
static napi_value scan_close(napi_env env, napi_callback_info info) {
  napi_value value;
  struct scan *scan = take_arguments(env, info, 1, &value) ? scan_of(env, value) : NULL;
  if (scan == NULL)
    return NULL;
  scan->closed = true;
  if (scan->busy == 0)
    close_scan(scan);
  return NULL;
}

void register_scan(napi_env env, napi_value exports) {
  export_function(env, exports, "scanOpen", scan_open);
  export_function(env, exports, "scanNext", scan_next);
  export_function(env, exports, "scanClose", scan_close);
}
