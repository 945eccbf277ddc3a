/*
 * UDP sockets that talk to one peer. Node makes an object, a 64 KiB buffer and two strings for each packet that
 * arrives and a request object for each that leaves; here a wake-up hands over all that has come in one call, in
 * memory that is used again, and packets that lie back to back leave in one call, by segmentation in the kernel
 * (UDP_SEGMENT) where it takes them so.
 *
 * Each socket has a uv_poll of its own, level-triggered: a transfer waits for every packet, and an epoll_ctl for
 * each wait would cost more than the handle does once, as would a set of epoll within that of the event loop.
 */
#include "datagram.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* What one call with segmentation may carry: an IP packet's worth, in as many segments as every kernel takes. */
#define SEGMENTED_OCTETS 65000
#define SEGMENTS 64
#define BUFFER_OCTETS (1024 * 1024)

static socklen_t numeric_address(napi_env env, napi_value host, napi_value port, struct sockaddr_storage *address) {
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
  size_t length = 0;
  int32_t number = int32_of(env, port);
  memset(address, 0, sizeof *address);
  if (napi_get_value_string_latin1(env, host, NULL, 0, &length) != napi_ok || length >= sizeof text || number < 0 ||
      number > 65535)
    return 0;
  napi_get_value_string_latin1(env, host, text, sizeof text, &length);
  if (strchr(text, ':') == NULL)
    return uv_ip4_addr(text, number, (struct sockaddr_in *)address) == 0 ? sizeof(struct sockaddr_in) : 0;
  return uv_ip6_addr(text, number, (struct sockaddr_in6 *)address) == 0 ? sizeof(struct sockaddr_in6) : 0;
}

enum origin origin_of(const struct sockaddr_storage *sender, const struct sockaddr_storage *peer) {
  if (sender->ss_family != peer->ss_family)
    return STRANGER;
  if (sender->ss_family == AF_INET) {
    const struct sockaddr_in *one = (const struct sockaddr_in *)sender, *two = (const struct sockaddr_in *)peer;
    if (one->sin_addr.s_addr != two->sin_addr.s_addr)
      return STRANGER;
    return one->sin_port == two->sin_port ? PEER : SAME_HOST;
  }
  const struct sockaddr_in6 *one = (const struct sockaddr_in6 *)sender, *two = (const struct sockaddr_in6 *)peer;
  if (memcmp(&one->sin6_addr, &two->sin6_addr, sizeof one->sin6_addr) != 0)
    return STRANGER;
  return one->sin6_port == two->sin6_port ? PEER : SAME_HOST;
}

void call_back(struct room *room, napi_ref function, int count, const double *values) {
  napi_env env = room->env;
  napi_handle_scope scope;
  napi_value receiver, callback, arguments[3];
  if (napi_open_handle_scope(env, &scope) != napi_ok)
    return;
  for (int index = 0; index < count; index++)
    arguments[index] = number(env, values[index]);
  if (napi_get_global(env, &receiver) == napi_ok &&
      napi_get_reference_value(env, function, &callback) == napi_ok &&
      napi_make_callback(env, NULL, receiver, callback, (size_t)count, arguments, NULL) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok)
      napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

void deliver(struct datagram *datagram, int count) {
  struct room *room = datagram->room;
  for (int index = 0; index < count; index++) {
    room->facts[2 * index] = (int32_t)room->messages[index].msg_len;
    room->facts[2 * index + 1] = origin_of(&room->senders[index], &datagram->peer);
  }
  room->delivered = count;
  call_back(room, room->on_packets, 2, (double[]){datagram->fd, count});
  room->delivered = 0;
}

bool receive_one(struct datagram *datagram, size_t *octets) {
  struct room *room = datagram->room;
  struct mmsghdr *message = &room->messages[0];
  message->msg_hdr.msg_namelen = sizeof room->senders[0];
  ssize_t result = recvfrom(datagram->fd, room->slab, SLOT_OCTETS, MSG_DONTWAIT, (struct sockaddr *)&room->senders[0],
                            &message->msg_hdr.msg_namelen);
  if (result < 0)
    return false;
  *octets = message->msg_len = (unsigned)result;
  return true;
}

/* A stream answers each packet before the next is taken. What it has no use for is for JavaScript. */
static void receive_acknowledgement(struct datagram *datagram) {
  struct room *room = datagram->room;
  size_t octets;
  if (!receive_one(datagram, &octets))
    return;
  bool consumed = origin_of(&room->senders[0], &datagram->peer) == PEER &&
                  take_acknowledgement(datagram, room->slab, octets);
  if (!consumed)
    deliver(datagram, 1);
}

static void receive_many(struct datagram *datagram) {
  struct room *room = datagram->room;
  for (int index = 0; index < PACKETS_PER_TURN; index++)
    room->messages[index].msg_hdr.msg_namelen = sizeof room->senders[index];
  int count = recvmmsg(datagram->fd, room->messages, PACKETS_PER_TURN, MSG_DONTWAIT, NULL);
  if (count > 0)
    deliver(datagram, count);
}

static void receive(struct datagram *datagram) {
  if (datagram->blocks != NULL)
    receive_acknowledgement(datagram);
  else if (datagram->intake != NULL)
    take_blocks(datagram);
  else
    receive_many(datagram);
}

/*
 * A peer on this machine, or very near, answers within the time that it takes to put this processor to sleep and to
 * wake it up, and a transfer that sends one block at a time spends most of its time so. With several transfers there is
 * always something to do, and looking for one of them would keep the others waiting.
 */
static bool has_more_within_moment(struct datagram *datagram) {
  bool blocks = datagram->blocks != NULL || datagram->intake != NULL;
  if (!blocks || datagram->room->opened > 1 || !uv_is_active((uv_handle_t *)&datagram->poll) ||
      !look_is_worth_while(&datagram->looks))
    return false;
  struct pollfd readable = {.fd = datagram->fd, .events = POLLIN};
  uint64_t end = uv_hrtime() + LOOK_AGAIN_NS;
  bool found;
  do {
    found = poll(&readable, 1, 0) > 0;
  } while (!found && uv_hrtime() < end);
  learn_from_look(&datagram->looks, found);
  return found;
}

void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct datagram *datagram = poll->data;
  receive(datagram);
  for (int turn = 1; turn < TURNS_IN_A_ROW && has_more_within_moment(datagram); turn++)
    receive(datagram);
}

static void free_when_empty(struct room *room) {
  if (room->cleanup == NULL || room->opened > 0 || room->closing > 0)
    return;
  napi_remove_async_cleanup_hook(room->cleanup);
  free(room->open);
  free(room);
}

static void on_closed(uv_handle_t *handle) {
  struct datagram *datagram = handle->data;
  struct room *room = datagram->room;
  close(datagram->fd);
  free(datagram);
  room->closing--;
  free_when_empty(room);
}

static void close_datagram(struct datagram *datagram) {
  free_block_stream(datagram);
  free_block_intake(datagram);
  datagram->room->open[datagram->fd] = NULL;
  datagram->room->opened--;
  datagram->room->closing++;
  uv_close((uv_handle_t *)&datagram->poll, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  struct room *room = data;
  room->cleanup = hook;
  for (size_t fd = 0; fd < room->room_for; fd++)
    if (room->open[fd] != NULL)
      close_datagram(room->open[fd]);
  free_when_empty(room);
}

/*
 * datagramStart(slab, facts, onPackets, onBlocks): gives a handle. Before each call of `onPackets(fd, count)` the slab
 * takes the packets, 65,536 octets apart, and `facts` the length and origin of each. `onBlocks(fd, event, octets)`
 * tells of a stream, see block_stream.c.
 */
static napi_value datagram_start(napi_env env, napi_callback_info info) {
  napi_value values[4], handle;
  uint8_t *slab, *facts;
  size_t slab_length, facts_length;
  if (!take_arguments(env, info, 4, values) || !bytes_of(env, values[0], &slab, &slab_length) ||
      !bytes_of(env, values[1], &facts, &facts_length) || slab_length < PACKETS_PER_TURN * SLOT_OCTETS ||
      facts_length < 2 * PACKETS_PER_TURN)
    return number(env, -EINVAL);
  struct room *room = calloc(1, sizeof *room);
  if (room == NULL)
    return number(env, -ENOMEM);
  room->env = env;
  room->slab = slab;
  room->facts = (int32_t *)facts;
  for (int index = 0; index < PACKETS_PER_TURN; index++) {
    room->parts[index] = (struct iovec){slab + (size_t)index * SLOT_OCTETS, SLOT_OCTETS};
    room->messages[index].msg_hdr =
        (struct msghdr){.msg_name = &room->senders[index], .msg_iov = &room->parts[index], .msg_iovlen = 1};
  }
  napi_create_reference(env, values[0], 1, &room->slab_reference);
  napi_create_reference(env, values[1], 1, &room->facts_reference);
  napi_create_reference(env, values[2], 1, &room->on_packets);
  napi_create_reference(env, values[3], 1, &room->on_blocks);
  napi_add_async_cleanup_hook(env, on_environment_end, room, NULL);
  return napi_create_external(env, room, NULL, NULL, &handle) == napi_ok ? handle : number(env, -ENOMEM);
}

static struct room *room_of(napi_env env, napi_value value) {
  void *room = NULL;
  napi_get_value_external(env, value, &room);
  return room;
}

struct datagram *find_datagram(napi_env env, napi_value handle, napi_value fd) {
  struct room *room = room_of(env, handle);
  int wanted = int32_of(env, fd);
  return room == NULL || wanted < 0 || (size_t)wanted >= room->room_for ? NULL : room->open[wanted];
}

static bool remember(struct room *room, struct datagram *datagram) {
  size_t index = (size_t)datagram->fd;
  if (index >= room->room_for) {
    size_t count = room->room_for == 0 ? 256 : room->room_for;
    while (count <= index)
      count *= 2;
    struct datagram **grown = realloc(room->open, count * sizeof *grown);
    if (grown == NULL)
      return false;
    memset(grown + room->room_for, 0, (count - room->room_for) * sizeof *grown);
    room->open = grown;
    room->room_for = count;
  }
  room->open[index] = datagram;
  room->opened++;
  return true;
}

/* datagramOpen(handle, localHost, peerHost, peerPort): gives a descriptor of a socket with a port of its own. */
static napi_value datagram_open(napi_env env, napi_callback_info info) {
  napi_value values[4], zero;
  struct sockaddr_storage local;
  uv_loop_t *loop;
  if (!take_arguments(env, info, 4, values) || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      napi_create_int32(env, 0, &zero) != napi_ok)
    return number(env, -EINVAL);
  struct room *room = room_of(env, values[0]);
  socklen_t local_length = numeric_address(env, values[1], zero, &local);
  struct datagram *datagram = calloc(1, sizeof *datagram);
  if (datagram == NULL)
    return number(env, -ENOMEM);
  datagram->peer_length = numeric_address(env, values[2], values[3], &datagram->peer);
  datagram->fd = -1;
  int result = -EINVAL;
  if (room == NULL || local_length == 0 || datagram->peer_length == 0)
    goto failed;
  datagram->fd = socket(local.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (datagram->fd < 0 || bind(datagram->fd, (struct sockaddr *)&local, local_length) != 0) {
    result = -errno;
    goto failed;
  }
  /* As much as the kernel's own limits allow: a window must fit, in either direction. */
  int octets = BUFFER_OCTETS;
  setsockopt(datagram->fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
  setsockopt(datagram->fd, SOL_SOCKET, SO_SNDBUF, &octets, sizeof octets);
  datagram->room = room;
  datagram->segments = true;
  result = -ENOMEM;
  if (!remember(room, datagram))
    goto failed;
  result = uv_poll_init(loop, &datagram->poll, datagram->fd);
  if (result != 0) {
    room->open[datagram->fd] = NULL;
    room->opened--;
    goto failed;
  }
  datagram->poll.data = datagram;
  uv_poll_start(&datagram->poll, UV_READABLE, on_readable);
  return number(env, datagram->fd);
failed:
  if (datagram->fd >= 0)
    close(datagram->fd);
  free(datagram);
  return number(env, result);
}

/* Sends packets that lie back to back in one call of the kernel; -1 where it does not take them so. */
static int send_segmented(struct datagram *datagram, uint8_t *data, size_t length, size_t packet_octets) {
  struct iovec part = {data, length};
  union {
    char octets[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr align;
  } control = {{0}};
  struct msghdr message = {.msg_name = &datagram->peer,
                           .msg_namelen = datagram->peer_length,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control.octets,
                           .msg_controllen = sizeof control.octets};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  uint16_t size = (uint16_t)packet_octets;
  memcpy(CMSG_DATA(header), &size, sizeof size);
  return sendmsg(datagram->fd, &message, MSG_DONTWAIT) < 0 ? -1 : 0;
}

size_t send_packets(struct datagram *datagram, uint8_t *data, size_t length, size_t packet_octets) {
  size_t sent = 0, at_once = SEGMENTED_OCTETS / packet_octets;
  if (at_once > SEGMENTS)
    at_once = SEGMENTS;
  while (sent < length) {
    size_t left = length - sent;
    if (datagram->segments && left > packet_octets && at_once > 1) {
      size_t run = left < at_once * packet_octets ? left : at_once * packet_octets;
      if (send_segmented(datagram, data + sent, run, packet_octets) == 0) {
        sent += run;
        continue;
      }
      if (errno == EAGAIN || errno == ENOBUFS)
        break;
      datagram->segments = false;
    }
    size_t octets = left < packet_octets ? left : packet_octets;
    if (sendto(datagram->fd, data + sent, octets, MSG_DONTWAIT, (struct sockaddr *)&datagram->peer,
               datagram->peer_length) < 0 &&
        (errno == EAGAIN || errno == ENOBUFS))
      break;
    sent += octets;
  }
  return sent;
}

/* datagramSend(handle, fd, packets, packetOctets): octets that the kernel took, a whole number of packets. */
static napi_value datagram_send(napi_env env, napi_callback_info info) {
  napi_value values[4];
  uint8_t *data;
  size_t length;
  if (!take_arguments(env, info, 4, values) || !bytes_of(env, values[2], &data, &length))
    return number(env, -EINVAL);
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  size_t packet_octets = (size_t)int32_of(env, values[3]);
  if (datagram == NULL || packet_octets == 0 || packet_octets > SLOT_OCTETS)
    return number(env, -EINVAL);
  return number(env, (double)send_packets(datagram, data, length, packet_octets));
}

/* datagramAnswer(handle, fd, index, packet): sends to whom the index-th packet of this turn came from. */
static napi_value datagram_answer(napi_env env, napi_callback_info info) {
  napi_value values[4];
  uint8_t *data;
  size_t length;
  if (!take_arguments(env, info, 4, values) || !bytes_of(env, values[3], &data, &length))
    return NULL;
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  int index = int32_of(env, values[2]);
  if (datagram == NULL || index < 0 || index >= datagram->room->delivered)
    return NULL;
  struct room *room = datagram->room;
  if (sendto(datagram->fd, data, length, MSG_DONTWAIT, (struct sockaddr *)&room->senders[index],
             room->messages[index].msg_hdr.msg_namelen) < 0)
    errno = 0; /* A packet may be lost; this one is. */
  return NULL;
}

/* datagramAdopt(handle, fd, index): whom the index-th packet of this turn came from is the peer from now on. */
static napi_value datagram_adopt(napi_env env, napi_callback_info info) {
  napi_value values[3];
  if (!take_arguments(env, info, 3, values))
    return NULL;
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  int index = int32_of(env, values[2]);
  if (datagram == NULL || index < 0 || index >= datagram->room->delivered)
    return NULL;
  datagram->peer = datagram->room->senders[index];
  datagram->peer_length = datagram->room->messages[index].msg_hdr.msg_namelen;
  return NULL;
}

/* datagramHold(handle, fd, held): whether the socket keeps the event loop alive. */
static napi_value datagram_hold(napi_env env, napi_callback_info info) {
  napi_value values[3];
  bool held = true;
  if (!take_arguments(env, info, 3, values))
    return NULL;
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  napi_get_value_bool(env, values[2], &held);
  if (datagram == NULL)
    return NULL;
  if (held)
    uv_ref((uv_handle_t *)&datagram->poll);
  else
    uv_unref((uv_handle_t *)&datagram->poll);
  return NULL;
}

/* datagramClose(handle, fd): the descriptor is closed when the event loop has let go of it. */
static napi_value datagram_close(napi_env env, napi_callback_info info) {
  napi_value values[2];
  if (!take_arguments(env, info, 2, values))
    return NULL;
  struct datagram *datagram = find_datagram(env, values[0], values[1]);
  if (datagram != NULL)
    close_datagram(datagram);
  return NULL;
}

void register_datagram(napi_env env, napi_value exports) {
  export_function(env, exports, "datagramStart", datagram_start);
  export_function(env, exports, "datagramOpen", datagram_open);
  export_function(env, exports, "datagramSend", datagram_send);
  export_function(env, exports, "datagramAnswer", datagram_answer);
  export_function(env, exports, "datagramAdopt", datagram_adopt);
  export_function(env, exports, "datagramHold", datagram_hold);
  export_function(env, exports, "datagramClose", datagram_close);
}
