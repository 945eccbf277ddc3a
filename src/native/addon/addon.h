/* What the parts of the addon share. One `struct addon` per Node environment, so that worker threads are
 * apart. */
#ifndef WHERRY_ADDON_H
#define WHERRY_ADDON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8

#include <errno.h>
#include <limits.h>
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "look_again.h"

/* Raised with every change that the TypeScript side must know of; an addon with another number is not used.
 */
#define INTERFACE_REVISION 9

/* Octets that the main thread moves at most in one call. */
#define INLINE_OCTETS (64 * 1024)

/* What a turn of a transfer borrows: a pipe for splicing and a buffer where splicing is not possible. */
struct lane {
  struct lane *next;
  int pipe[2];
  uint8_t *buffer;
};
#define LANE_PIPE_OCTETS (1024 * 1024)
#define LANE_BUFFER_OCTETS (256 * 1024)

struct addon {
  napi_env env;
  /* By descriptor: OWNED, REGISTERED. What is left when the environment ends is closed. */
  uint8_t *descriptors;
  size_t descriptor_count;

  int epoll;
  uv_poll_t *poll;
  napi_ref on_ready;
  napi_ref ready_array;
  int32_t *ready;
  /* Whether JavaScript is being told of ready sockets, so that what it sends can wait for the end of that. */
  bool in_turn;
  struct batch *batch;
  napi_ref on_unsent;
  struct looks looks;
  napi_async_cleanup_hook_handle cleanup;

  pthread_mutex_t lanes_mutex;
  struct lane *lanes;
  uint8_t *scratch;
};

/* QUEUED: something to be sent is in the batch. */
enum { OWNED = 1, REGISTERED = 2, QUEUED = 4 };

/* module.c */
struct addon *addon_of(napi_env env);
void export_function(napi_env env, napi_value exports, const char *name, napi_callback function);
/* Reads the arguments; missing ones are undefined. */
bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
int32_t int32_of(napi_env env, napi_value value);
int64_t int64_of(napi_env env, napi_value value);
bool bytes_of(napi_env env, napi_value value, uint8_t **data, size_t *length);
napi_value number(napi_env env, double value);

/* work.c: runs a function in the thread pool and settles a promise with a number. */
struct work {
  napi_async_work handle;
  napi_deferred deferred;
  void (*execute)(struct work *work);
  /* Makes the value to settle with; NULL: `result` as a number. */
  napi_value (*finish)(napi_env env, struct work *work);
  /* Gives back what `execute` got when nobody is there any more to take it; may be NULL. */
  void (*discard)(struct work *work);
  int64_t result;
};
napi_value start_work(napi_env env, struct work *work, const char *name);

/* batch.c */
/* Copies what is to be sent into the batch of this turn; false: it has to be sent at once. At most one for a socket. */
bool queue_send(struct addon *addon, int fd, const uint8_t *data, size_t length);
void flush_batch(struct addon *addon);
void free_batch(struct addon *addon);

/* socket.c: octets that the socket takes now, or a negative errno. */
ssize_t send_now(int fd, const uint8_t *data, size_t length);

/* reactor.c */
bool own_descriptor(struct addon *addon, int fd);
void disown_descriptor(struct addon *addon, int fd);

/* open_beneath.c: takes a text or octets as a path; 0 or a negative errno. */
int path_of(napi_env env, napi_value value, char path[PATH_MAX]);
/* Octets read, or -1 with EAGAIN where the disk would have to be waited for. */
ssize_t read_without_disk(int fd, void *target, size_t length, off_t position);
struct iovec;
ssize_t readv_without_disk(int fd, const struct iovec *parts, int count, off_t position);

/* transfer.c */
void free_lanes(struct addon *addon);

void register_open_beneath(napi_env env, napi_value exports);
void register_names(napi_env env, napi_value exports);
void register_scan(napi_env env, napi_value exports);
void register_socket(napi_env env, napi_value exports);
void register_reactor(napi_env env, napi_value exports);
void register_transfer(napi_env env, napi_value exports);
void register_datagram(napi_env env, napi_value exports);
void register_block_stream(napi_env env, napi_value exports);
void register_block_intake(napi_env env, napi_value exports);
void register_map(napi_env env, napi_value exports);
void register_aes_gcm(napi_env env, napi_value exports);

#endif
