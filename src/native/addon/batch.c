/*
 * The replies of a turn of the event loop, to many peers, go to the kernel in few calls (io_uring): a send on its own
 * wakes its reader, and where the processors are busy each of those takes this one first. Where the kernel has no
 * io_uring, or a container forbids it, each is sent as it comes.
 */
#include "addon.h"

#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef IORING_SETUP_SINGLE_ISSUER

/* Enough for their readers to be woken together, and so few that those answer while the next ones are made. */
#define LARGEST_BATCH 12
#define BATCH_OCTETS (16 * 1024)

struct entry {
  int fd;
  uint8_t *data;
  uint32_t length;
};

struct batch {
  int ring;
  uint8_t *map;
  size_t map_octets, sqes_octets;
  struct io_uring_sqe *sqes;
  struct io_uring_cqe *cqes;
  uint32_t *sq_tail, *sq_array, sq_mask;
  uint32_t *cq_head, *cq_tail, cq_mask;

  struct entry entries[LARGEST_BATCH];
  uint32_t count;
  size_t used;
  uint8_t data[BATCH_OCTETS];
};

static void *map_ring(int ring, size_t octets, off_t place) {
  void *map = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, place);
  return map == MAP_FAILED ? NULL : map;
}

static void close_ring(struct batch *batch) {
  if (batch->sqes != NULL)
    munmap(batch->sqes, batch->sqes_octets);
  if (batch->map != NULL)
    munmap(batch->map, batch->map_octets);
  if (batch->ring >= 0)
    close(batch->ring);
  batch->sqes = NULL;
  batch->map = NULL;
  batch->ring = -1;
}

static void open_ring(struct batch *batch) {
  /* These flags are of Linux 6.0 and later, where MSG_DONTWAIT never makes a request wait. */
  struct io_uring_params about = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL};
  batch->ring = (int)syscall(SYS_io_uring_setup, LARGEST_BATCH, &about);
  if (batch->ring < 0)
    return;
  size_t requests = about.sq_off.array + about.sq_entries * sizeof(uint32_t);
  size_t results = about.cq_off.cqes + about.cq_entries * sizeof(struct io_uring_cqe);
  batch->map_octets = requests > results ? requests : results;
  batch->sqes_octets = about.sq_entries * sizeof(struct io_uring_sqe);
  batch->map = map_ring(batch->ring, batch->map_octets, IORING_OFF_SQ_RING);
  batch->sqes = map_ring(batch->ring, batch->sqes_octets, IORING_OFF_SQES);
  if (batch->map == NULL || batch->sqes == NULL) {
    close_ring(batch);
    return;
  }
  batch->sq_tail = (uint32_t *)(batch->map + about.sq_off.tail);
  batch->sq_array = (uint32_t *)(batch->map + about.sq_off.array);
  batch->sq_mask = *(uint32_t *)(batch->map + about.sq_off.ring_mask);
  batch->cq_head = (uint32_t *)(batch->map + about.cq_off.head);
  batch->cq_tail = (uint32_t *)(batch->map + about.cq_off.tail);
  batch->cq_mask = *(uint32_t *)(batch->map + about.cq_off.ring_mask);
  batch->cqes = (struct io_uring_cqe *)(batch->map + about.cq_off.cqes);
}

/* The batch of this thread, made when it is first asked for; NULL where there is no io_uring. */
static struct batch *batch_of(struct addon *addon) {
  if (addon->batch == NULL) {
    addon->batch = calloc(1, sizeof *addon->batch);
    if (addon->batch == NULL)
      return NULL;
    open_ring(addon->batch);
  }
  return addon->batch->ring < 0 ? NULL : addon->batch;
}

/* Tells JavaScript of a send that did not take all: what is left, and a negative errno or octets taken. */
static void tell_unsent(struct addon *addon, const struct entry *entry, int32_t result) {
  napi_env env = addon->env;
  uint32_t taken = result < 0 ? 0 : (uint32_t)result;
  napi_handle_scope scope;
  napi_value receiver, callback, arguments[3];
  if (napi_open_handle_scope(env, &scope) != napi_ok)
    return;
  if (napi_get_global(env, &receiver) == napi_ok &&
      napi_get_reference_value(env, addon->on_unsent, &callback) == napi_ok &&
      napi_create_int32(env, entry->fd, &arguments[0]) == napi_ok &&
      napi_create_int32(env, result, &arguments[1]) == napi_ok &&
      napi_create_buffer_copy(env, entry->length - taken, entry->data + taken, NULL, &arguments[2]) == napi_ok)
    napi_make_callback(env, NULL, receiver, callback, 3, arguments, NULL);
  napi_close_handle_scope(env, scope);
}

static void fill_request(struct batch *batch, uint32_t index) {
  const struct entry *entry = &batch->entries[index];
  uint32_t place = (*batch->sq_tail + index) & batch->sq_mask;
  batch->sqes[place] = (struct io_uring_sqe){.opcode = IORING_OP_SEND,
                                             .fd = entry->fd,
                                             .addr = (uintptr_t)entry->data,
                                             .len = entry->length,
                                             .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
                                             .user_data = index};
  batch->sq_array[place] = place;
}

/* Hands all to the kernel and takes the results; returns how many it took. */
static uint32_t submit(struct batch *batch, int32_t *results) {
  uint32_t submitted = 0, done = 0;
  for (uint32_t index = 0; index < batch->count; index++)
    fill_request(batch, index);
  __atomic_store_n(batch->sq_tail, *batch->sq_tail + batch->count, __ATOMIC_RELEASE);
  while (submitted < batch->count) {
    long count = syscall(SYS_io_uring_enter, batch->ring, batch->count - submitted, 0, 0, NULL, 0);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    submitted += (uint32_t)count;
  }
  while (done < submitted) {
    uint32_t head = *batch->cq_head, tail = __atomic_load_n(batch->cq_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++, done++) {
      const struct io_uring_cqe *result = &batch->cqes[head & batch->cq_mask];
      results[result->user_data] = result->res;
    }
    __atomic_store_n(batch->cq_head, head, __ATOMIC_RELEASE);
    if (done < submitted)
      syscall(SYS_io_uring_enter, batch->ring, 0, submitted - done, IORING_ENTER_GETEVENTS, NULL, 0);
  }
  return submitted;
}

void flush_batch(struct addon *addon) {
  struct batch *batch = addon->batch;
  if (batch == NULL || batch->count == 0)
    return;
  int32_t results[LARGEST_BATCH];
  struct entry unsent[LARGEST_BATCH];
  /* One alone costs less without the ring. */
  uint32_t taken = batch->count == 1 ? 0 : submit(batch, results), unsent_count = 0;
  for (uint32_t index = 0; index < batch->count; index++) {
    const struct entry *entry = &batch->entries[index];
    if (index >= taken)
      results[index] = (int32_t)send_now(entry->fd, entry->data, entry->length);
    addon->descriptors[entry->fd] &= (uint8_t)~QUEUED;
    if (results[index] != (int32_t)entry->length) {
      results[unsent_count] = results[index];
      unsent[unsent_count++] = *entry;
    }
  }
  /* What the kernel would not take stays in the ring. */
  if (taken < batch->count && batch->count > 1)
    close_ring(batch);
  batch->count = 0;
  batch->used = 0;
  for (uint32_t index = 0; index < unsent_count; index++)
    tell_unsent(addon, &unsent[index], results[index]);
}

bool queue_send(struct addon *addon, int fd, const uint8_t *data, size_t length) {
  struct batch *batch = batch_of(addon);
  if (batch == NULL || length == 0 || length > BATCH_OCTETS / 4 || !(addon->descriptors[fd] & OWNED))
    return false;
  if (batch->count == LARGEST_BATCH || batch->used + length > BATCH_OCTETS)
    flush_batch(addon);
  /* The ring may just have been given up, and the socket found full. */
  if (batch->ring < 0)
    return false;
  uint8_t *copy = batch->data + batch->used;
  memcpy(copy, data, length);
  batch->entries[batch->count++] = (struct entry){.fd = fd, .data = copy, .length = (uint32_t)length};
  batch->used += length;
  addon->descriptors[fd] |= QUEUED;
  return true;
}

void free_batch(struct addon *addon) {
  if (addon->batch != NULL)
    close_ring(addon->batch);
  free(addon->batch);
  addon->batch = NULL;
}

#else

void flush_batch(struct addon *addon) {
  (void)addon;
}

bool queue_send(struct addon *addon, int fd, const uint8_t *data, size_t length) {
  (void)addon, (void)fd, (void)data, (void)length;
  return false;
}

void free_batch(struct addon *addon) {
  (void)addon;
}

#endif
