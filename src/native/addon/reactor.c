/*
 * Tells which sockets are ready. All sockets of an environment share one epoll set, and the event loop
 * watches that set with a single uv_poll handle: a socket costs one epoll_ctl when it first has to wait,
 * nothing when it never waits, and nothing when it closes. Registrations are EPOLLONESHOT, so that a socket
 * nobody waits for wakes nobody, but for those that are waited for again each time.
 */
#include "addon.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256

bool own_descriptor(struct addon *addon, int fd) {
  size_t index = (size_t)fd;
  if (index >= addon->descriptor_count) {
    size_t count = addon->descriptor_count == 0 ? 256 : addon->descriptor_count;
    while (count <= index)
      count *= 2;
    uint8_t *grown = realloc(addon->descriptors, count);
    if (grown == NULL)
      return false;
    memset(grown + addon->descriptor_count, 0, count - addon->descriptor_count);
    addon->descriptors = grown;
    addon->descriptor_count = count;
  }
  addon->descriptors[index] = OWNED;
  return true;
}

void disown_descriptor(struct addon *addon, int fd) {
  if (fd < 0 || (size_t)fd >= addon->descriptor_count)
    return;
  if (addon->descriptors[fd] & QUEUED)
    flush_batch(addon);
  if (addon->descriptors[fd] & REGISTERED)
    epoll_ctl(addon->epoll, EPOLL_CTL_DEL, fd, NULL);
  addon->descriptors[fd] = 0;
}

/* Tells JavaScript of the sockets that are ready. */
static void dispatch(struct addon *addon, const struct epoll_event *ready, int count) {
  for (int index = 0; index < count; index++) {
    addon->ready[2 * index] = ready[index].data.fd;
    addon->ready[2 * index + 1] = (int32_t)ready[index].events;
  }
  napi_env env = addon->env;
  napi_handle_scope scope;
  napi_value receiver, callback, argument;
  if (napi_open_handle_scope(env, &scope) != napi_ok)
    return;
  if (napi_get_global(env, &receiver) == napi_ok &&
      napi_get_reference_value(env, addon->on_ready, &callback) == napi_ok &&
      napi_create_int32(env, count, &argument) == napi_ok &&
      napi_make_callback(env, NULL, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok)
      napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

/*
 * What became ready within a moment: a peer on this machine, or very near, answers within the time that it takes to put
 * this processor to sleep and to wake it up.
 */
static int look_again(struct addon *addon, struct epoll_event *ready) {
  if (!look_is_worth_while(&addon->looks))
    return 0;
  uint64_t end = uv_hrtime() + LOOK_AGAIN_NS;
  int count;
  do {
    count = epoll_wait(addon->epoll, ready, EVENTS_PER_TURN, 0);
  } while (count <= 0 && uv_hrtime() < end);
  learn_from_look(&addon->looks, count > 0);
  return count > 0 ? count : 0;
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct addon *addon = poll->data;
  struct epoll_event ready[EVENTS_PER_TURN];
  int count = epoll_wait(addon->epoll, ready, EVENTS_PER_TURN, 0);
  for (int turn = 1; count > 0; turn++) {
    addon->in_turn = true;
    dispatch(addon, ready, count);
    addon->in_turn = false;
    flush_batch(addon);
    count = turn < TURNS_IN_A_ROW && addon->epoll >= 0 ? look_again(addon, ready) : 0;
  }
}

static void on_poll_closed(uv_handle_t *handle) {
  struct addon *addon = handle->data;
  close(addon->epoll);
  addon->epoll = -1;
  free(handle);
  napi_remove_async_cleanup_hook(addon->cleanup);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  struct addon *addon = data;
  addon->cleanup = hook;
  uv_close((uv_handle_t *)addon->poll, on_poll_closed);
}

/* reactorStart(ready, onReady, onUnsent): `ready` takes pairs of descriptor and events before each call of `onReady`;
 * `onUnsent` is called with a descriptor, a negative errno or octets taken, and the rest, for what was queued. */
static napi_value reactor_start(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value values[3];
  uint8_t *data;
  size_t length;
  uv_loop_t *loop;
  if (addon->poll != NULL || !take_arguments(env, info, 3, values) ||
      !bytes_of(env, values[0], &data, &length) || length < 2 * EVENTS_PER_TURN ||
      napi_get_uv_event_loop(env, &loop) != napi_ok)
    return number(env, -EINVAL);
  addon->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (addon->epoll < 0)
    return number(env, -errno);
  uv_poll_t *poll = calloc(1, sizeof *poll);
  int result = poll == NULL ? -ENOMEM : uv_poll_init(loop, poll, addon->epoll);
  if (result != 0) {
    free(poll);
    close(addon->epoll);
    addon->epoll = -1;
    return number(env, result);
  }
  poll->data = addon;
  addon->poll = poll;
  addon->ready = (int32_t *)data;
  napi_create_reference(env, values[0], 1, &addon->ready_array);
  napi_create_reference(env, values[1], 1, &addon->on_ready);
  napi_create_reference(env, values[2], 1, &addon->on_unsent);
  uv_poll_start(poll, UV_READABLE, on_ready);
  uv_unref((uv_handle_t *)poll);
  napi_add_async_cleanup_hook(env, on_environment_end, addon, NULL);
  return number(env, 0);
}

/* reactorHold(held): whether the reactor keeps the event loop alive. */
static napi_value reactor_hold(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value value;
  bool held = false;
  if (addon->poll == NULL || !take_arguments(env, info, 1, &value))
    return NULL;
  napi_get_value_bool(env, value, &held);
  if (held)
    uv_ref((uv_handle_t *)addon->poll);
  else
    uv_unref((uv_handle_t *)addon->poll);
  return NULL;
}

/* reactorArm(fd, events): asks to be told about the socket, with EPOLLONESHOT once; replaces what was asked before. */
static napi_value reactor_arm(napi_env env, napi_callback_info info) {
  struct addon *addon = addon_of(env);
  napi_value values[2];
  if (!take_arguments(env, info, 2, values))
    return number(env, -EINVAL);
  int fd = int32_of(env, values[0]);
  if (fd < 0 || (size_t)fd >= addon->descriptor_count || !(addon->descriptors[fd] & OWNED))
    return number(env, -EBADF);
  struct epoll_event event = {.events = (uint32_t)int32_of(env, values[1]), .data.fd = fd};
  int operation = addon->descriptors[fd] & REGISTERED ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(addon->epoll, operation, fd, &event) != 0)
    return number(env, -errno);
  addon->descriptors[fd] |= REGISTERED;
  return number(env, 0);
}

void register_reactor(napi_env env, napi_value exports) {
  export_function(env, exports, "reactorStart", reactor_start);
  export_function(env, exports, "reactorHold", reactor_hold);
  export_function(env, exports, "reactorArm", reactor_arm);
}
