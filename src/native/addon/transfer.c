/*
 * Files to sockets and back inside the kernel. A turn in the thread pool moves a bounded number of octets and
 * comes back when the socket would make it wait; who waits is the event loop, never a thread.
 */
#include "addon.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/* A failure of the file is told apart from one of the socket by this much. */
#define FILE_ERROR 10000

/*
 * A peer that keeps pace makes a turn wait for less time than the way over the event loop would cost. So a turn
 * waits itself, but only this long, and only after this many octets have moved since it last did: a slow peer gets
 * a millisecond of a thread for each of its larger portions at most, and none for small ones.
 */
#define BRIEF_WAIT_MS 1
#define OCTETS_WORTH_A_WAIT (256 * 1024)

/* What is copied to a socket at a time: a call costs little beside it, and it stays in the processor's cache. */
#define SEND_COPY_OCTETS (128 * 1024)

/* Whether the socket became ready after a short wait that `moved` octets have earned. */
static bool wait_briefly(int socket, short events, int64_t moved) {
  if (moved < OCTETS_WORTH_A_WAIT)
    return false;
  struct pollfd ready = {.fd = socket, .events = events};
  return poll(&ready, 1, BRIEF_WAIT_MS) == 1;
}

static size_t smaller(int64_t left, size_t right) {
  return left < 0 ? 0 : (uint64_t)left < right ? (size_t)left : right;
}

/* sendCached(socket, fd, position, length, last): octets sent; -EAGAIN: the socket is full; -ENODATA: not in the
 * cache. After the last octets the socket is ended, so they wait for the FIN and wake the peer once with it. */
static napi_value send_cached(napi_env env, napi_callback_info info) {
  napi_value values[5];
  bool last = false;
  if (!take_arguments(env, info, 5, values))
    return number(env, -EINVAL);
  napi_get_value_bool(env, values[4], &last);
  struct addon *addon = addon_of(env);
  int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (last ? MSG_MORE : 0);
  size_t length = smaller(int64_of(env, values[3]), INLINE_OCTETS);
  ssize_t count =
      read_without_disk(int32_of(env, values[1]), addon->scratch, length, int64_of(env, values[2]));
  if (count < 0)
    return number(env, -ENODATA);
  ssize_t sent = 0;
  if (count > 0) {
    do
      sent = send(int32_of(env, values[0]), addon->scratch, (size_t)count, flags);
    while (sent < 0 && errno == EINTR);
  }
  return number(env, sent < 0 ? -errno : (double)sent);
}

/* tcpPeek(socket): 1 when there is something to receive, 0 at the end, -EAGAIN when there is nothing yet. */
static napi_value tcp_peek(napi_env env, napi_callback_info info) {
  napi_value value;
  uint8_t octet;
  if (!take_arguments(env, info, 1, &value))
    return number(env, -EINVAL);
  ssize_t result;
  do
    result = recv(int32_of(env, value), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  while (result < 0 && errno == EINTR);
  return number(env, result < 0 ? -errno : (double)result);
}

static void free_lane(struct lane *lane) {
  close(lane->pipe[0]);
  close(lane->pipe[1]);
  free(lane->buffer);
  free(lane);
}

void free_lanes(struct addon *addon) {
  while (addon->lanes != NULL) {
    struct lane *next = addon->lanes->next;
    free_lane(addon->lanes);
    addon->lanes = next;
  }
}

/* There are never more lanes than threads in the pool. */
static struct lane *borrow_lane(struct addon *addon) {
  pthread_mutex_lock(&addon->lanes_mutex);
  struct lane *lane = addon->lanes;
  if (lane != NULL)
    addon->lanes = lane->next;
  pthread_mutex_unlock(&addon->lanes_mutex);
  if (lane != NULL)
    return lane;
  lane = calloc(1, sizeof *lane);
  if (lane == NULL)
    return NULL;
  lane->buffer = malloc(LANE_BUFFER_OCTETS);
  if (lane->buffer == NULL || pipe2(lane->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
    int error = errno;
    free(lane->buffer);
    free(lane);
    errno = error;
    return NULL;
  }
  /* Refused where pipes are rationed; a small pipe only costs more turns. */
  fcntl(lane->pipe[1], F_SETPIPE_SZ, LANE_PIPE_OCTETS);
  return lane;
}

static void return_lane(struct addon *addon, struct lane *lane) {
  pthread_mutex_lock(&addon->lanes_mutex);
  lane->next = addon->lanes;
  addon->lanes = lane;
  pthread_mutex_unlock(&addon->lanes_mutex);
}

struct turn {
  struct work work;
  struct addon *addon;
  int socket;
  int file;
  off_t position;
  int64_t length;
  /* Through the lane's buffer: the file cannot be spliced, or the receiver is better served so. */
  bool copy;
};

/* Returns octets sent or -1. What the socket does not take is read again: a buffer is small enough for it to last. */
static ssize_t send_copied(struct turn *turn, struct lane *lane, size_t length) {
  ssize_t count =
      pread(turn->file, lane->buffer, smaller((int64_t)length, SEND_COPY_OCTETS), turn->position);
  if (count <= 0)
    return count;
  return send(turn->socket, lane->buffer, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void execute_send(struct work *work) {
  struct turn *turn = (struct turn *)work;
  struct lane *lane = turn->copy ? borrow_lane(turn->addon) : NULL;
  int64_t total = 0;
  int64_t waited_at = 0;
  while (total < turn->length) {
    size_t length = smaller(turn->length - total, SSIZE_MAX);
    ssize_t count;
    if (lane == NULL) {
      off_t position = turn->position;
      count = sendfile(turn->socket, turn->file, &position, length);
    } else {
      count = send_copied(turn, lane, length);
    }
    if (count > 0) {
      total += count;
      turn->position += count;
    } else if (count == 0) {
      break;
    } else if (errno == EAGAIN) {
      if (wait_briefly(turn->socket, POLLOUT, total - waited_at)) {
        waited_at = total;
        continue;
      }
      if (total == 0)
        total = -EAGAIN;
      break;
    } else if ((errno == EINVAL || errno == ENOSYS) && lane == NULL &&
               (lane = borrow_lane(turn->addon)) != NULL) {
      continue;
    } else if (errno != EINTR) {
      /* Before the octets that were sent: an error of a socket is told only once. */
      total = -errno;
      break;
    }
  }
  if (lane != NULL)
    return_lane(turn->addon, lane);
  work->result = total;
}

/* Writes what lies in the buffer; returns 0 or -1. */
static int write_all(struct turn *turn, const uint8_t *data, size_t length) {
  while (length > 0) {
    ssize_t count = pwrite(turn->file, data, length, turn->position);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      if (count == 0)
        errno = EIO;
      return -1;
    }
    data += count;
    length -= (size_t)count;
    turn->position += count;
  }
  return 0;
}

/* Moves `length` octets from the pipe into the file; returns 0 or -1. */
static int splice_to_file(struct turn *turn, struct lane *lane, size_t length) {
  while (length > 0) {
    off_t position = turn->position;
    ssize_t count =
        turn->copy ? -1 : splice(lane->pipe[0], NULL, turn->file, &position, length, SPLICE_F_MOVE);
    if (count > 0) {
      turn->position = position;
      length -= (size_t)count;
      continue;
    }
    if (!turn->copy && count < 0 && errno == EINTR)
      continue;
    if (!turn->copy && (count == 0 || errno != EINVAL)) {
      if (count == 0)
        errno = EIO;
      return -1;
    }
    /* A file that cannot be spliced into: what is in the pipe goes by the buffer, and so does the rest. */
    turn->copy = true;
    count = read(lane->pipe[0], lane->buffer, smaller((int64_t)length, LANE_BUFFER_OCTETS));
    if (count <= 0 || write_all(turn, lane->buffer, (size_t)count) != 0)
      return -1;
    length -= (size_t)count;
  }
  return 0;
}

static void execute_receive(struct work *work) {
  struct turn *turn = (struct turn *)work;
  struct lane *lane = borrow_lane(turn->addon);
  if (lane == NULL) {
    work->result = -errno;
    return;
  }
  int64_t total = 0;
  int64_t waited_at = 0;
  while (total < turn->length) {
    ssize_t count;
    if (turn->copy)
      count =
          recv(turn->socket, lane->buffer, smaller(turn->length - total, LANE_BUFFER_OCTETS), MSG_DONTWAIT);
    else
      count = splice(turn->socket, NULL, lane->pipe[1], NULL, smaller(turn->length - total, LANE_PIPE_OCTETS),
                     SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (count == 0)
      break;
    if (count < 0) {
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN && wait_briefly(turn->socket, POLLIN, total - waited_at)) {
        waited_at = total;
        continue;
      }
      if (errno != EAGAIN)
        total = -errno;
      else if (total == 0)
        total = -EAGAIN;
      break;
    }
    int failed =
        turn->copy ? write_all(turn, lane->buffer, (size_t)count) : splice_to_file(turn, lane, (size_t)count);
    if (failed) {
      work->result = -errno - FILE_ERROR;
      /* Octets that the file did not take are still in the pipe; they must not get into the next file. */
      free_lane(lane);
      return;
    }
    total += count;
  }
  return_lane(turn->addon, lane);
  work->result = total;
}

static napi_value start_turn(napi_env env, napi_callback_info info, size_t count,
                             void (*execute)(struct work *), const char *name) {
  napi_value values[5];
  struct turn *turn = calloc(1, sizeof *turn);
  if (turn == NULL || !take_arguments(env, info, count, values)) {
    free(turn);
    return number(env, -ENOMEM);
  }
  turn->work.execute = execute;
  turn->addon = addon_of(env);
  turn->socket = int32_of(env, values[0]);
  turn->file = int32_of(env, values[1]);
  turn->position = int64_of(env, values[2]);
  turn->length = int64_of(env, values[3]);
  if (count > 4)
    napi_get_value_bool(env, values[4], &turn->copy);
  return start_work(env, &turn->work, name);
}

/* sendTurn(socket, fd, position, length, copied): a promise of the octets sent, 0 at the end of the file. */
static napi_value send_turn(napi_env env, napi_callback_info info) {
  return start_turn(env, info, 5, execute_send, "wherry.send");
}

/* receiveTurn(socket, fd, position, length): a promise of the octets received, 0 when the peer has
 * ended. */
static napi_value receive_turn(napi_env env, napi_callback_info info) {
  return start_turn(env, info, 4, execute_receive, "wherry.receive");
}

void register_transfer(napi_env env, napi_value exports) {
  export_function(env, exports, "sendCached", send_cached);
  export_function(env, exports, "sendTurn", send_turn);
  export_function(env, exports, "tcpPeek", tcp_peek);
  export_function(env, exports, "receiveTurn", receive_turn);
}
