/*
 * The receiving thread. Messages arrive in parts (partial delivery) when they are larger than what the library
 * holds back or than our buffer; a part ends a message when it carries MSG_EOR.
 */
#include "peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

volatile sctp_assoc_t current_association;

/* Messages whose end has not come yet. Few at a time: a linked list. */
struct partial {
  struct partial *next;
  sctp_assoc_t association;
  struct sctp_rcvinfo info;
  uint8_t *bytes;
  size_t length, room;
};

struct stream_count {
  uint64_t bytes, messages;
  struct sha256 hash;
};

struct sink {
  struct sink *next;
  sctp_assoc_t association;
  uint64_t bytes, messages, first_ns, last_ns, expected;
  struct stream_count *streams[65536]; /* made when first used */
};

static struct partial *partials;
static struct sink *sinks;
static enum peer_mode mode;
static int paused, hashing = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resumed = PTHREAD_COND_INITIALIZER;

static struct sink *sink_of(sctp_assoc_t association) {
  for (struct sink *one = sinks; one != NULL; one = one->next) {
    if (one->association == association) return one;
  }
  struct sink *made = calloc(1, sizeof *made);
  if (made == NULL) abort();
  made->association = association;
  made->next = sinks;
  sinks = made;
  return made;
}

static void sink_reached(struct sink *sink) {
  if (sink->expected == 0 || sink->bytes < sink->expected) return;
  emit("\"event\":\"sunk\",\"assoc\":%u,\"bytes\":%llu,\"messages\":%llu,\"ns\":%llu", sink->association,
       (unsigned long long)sink->bytes, (unsigned long long)sink->messages,
       (unsigned long long)(sink->last_ns - sink->first_ns));
  sink->expected = 0;
}

static void sink_take(sctp_assoc_t association, const struct sctp_rcvinfo *info, const void *bytes, size_t length,
                      int whole) {
  pthread_mutex_lock(&lock);
  struct sink *sink = sink_of(association);
  struct stream_count *stream = sink->streams[info->rcv_sid];
  if (stream == NULL) {
    stream = sink->streams[info->rcv_sid] = calloc(1, sizeof *stream);
    if (stream == NULL) abort();
    sha256_init(&stream->hash);
  }
  sink->last_ns = now_ns();
  if (sink->first_ns == 0) sink->first_ns = sink->last_ns;
  sink->bytes += length;
  stream->bytes += length;
  sink->messages += whole;
  stream->messages += whole;
  if (hashing) sha256_update(&stream->hash, bytes, length);
  sink_reached(sink);
  pthread_mutex_unlock(&lock);
}

void sink_hash(int on) {
  pthread_mutex_lock(&lock);
  hashing = on;
  pthread_mutex_unlock(&lock);
}

/* Says `sunk` once that many bytes have come, perhaps at once. */
void sink_expect(sctp_assoc_t association, uint64_t bytes) {
  pthread_mutex_lock(&lock);
  struct sink *sink = sink_of(association);
  sink->expected = bytes;
  sink_reached(sink);
  pthread_mutex_unlock(&lock);
}

static void sink_reset(struct sink *sink) {
  for (int i = 0; i < 65536; i++) {
    free(sink->streams[i]);
    sink->streams[i] = NULL;
  }
  sink->bytes = sink->messages = sink->first_ns = sink->last_ns = 0;
}

void sink_report(long command, sctp_assoc_t association, int reset) {
  char *text = NULL, digest[65];
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (out == NULL) abort();
  pthread_mutex_lock(&lock);
  struct sink *sink = sink_of(association);
  fprintf(out, "\"reply\":%ld,\"assoc\":%u,\"bytes\":%llu,\"messages\":%llu,\"ns\":%llu,\"streams\":[", command,
          association, (unsigned long long)sink->bytes, (unsigned long long)sink->messages,
          (unsigned long long)(sink->last_ns - sink->first_ns));
  const char *comma = "";
  for (int i = 0; i < 65536; i++) {
    struct stream_count *stream = sink->streams[i];
    if (stream == NULL) continue;
    fprintf(out, "%s{\"stream\":%d,\"bytes\":%llu,\"messages\":%llu,\"sha256\":\"%s\"}", comma, i,
            (unsigned long long)stream->bytes, (unsigned long long)stream->messages,
            hashing ? sha256_hex(&stream->hash, digest) : "");
    comma = ",";
  }
  if (reset) sink_reset(sink);
  pthread_mutex_unlock(&lock);
  fputs("]", out);
  fclose(out);
  emit("%s", text);
  free(text);
}

static struct partial **find_partial(sctp_assoc_t association, const struct sctp_rcvinfo *info) {
  struct partial **at = &partials;
  while (*at != NULL && !((*at)->association == association && (*at)->info.rcv_sid == info->rcv_sid &&
                          (*at)->info.rcv_ssn == info->rcv_ssn &&
                          (((*at)->info.rcv_flags ^ info->rcv_flags) & SCTP_UNORDERED) == 0)) {
    at = &(*at)->next;
  }
  return at;
}

static void drop_partial(struct partial **at) {
  struct partial *gone = *at;
  *at = gone->next;
  free(gone->bytes);
  free(gone);
}

static void append(struct partial **at, const struct sctp_rcvinfo *info, const void *bytes, size_t length) {
  if (*at == NULL) {
    *at = calloc(1, sizeof **at);
    if (*at == NULL) abort();
    (*at)->association = info->rcv_assoc_id;
    (*at)->info = *info;
  }
  struct partial *one = *at;
  if (one->length + length > one->room) {
    one->room = 2 * (one->length + length);
    one->bytes = realloc(one->bytes, one->room);
    if (one->bytes == NULL) abort();
  }
  memcpy(one->bytes + one->length, bytes, length);
  one->length += length;
}

static void on_message(const struct sctp_rcvinfo *info, const void *bytes, size_t length) {
  uint16_t unordered = info->rcv_flags & SCTP_UNORDERED;
  if (mode == MODE_ECHO) {
    int error = send_bytes(info->rcv_assoc_id, bytes, length, info->rcv_sid, ntohl(info->rcv_ppid), unordered);
    if (error != 0) emit_error("echo", error);
    return;
  }
  struct sha256 hash;
  char digest[65];
  sha256_init(&hash);
  sha256_update(&hash, bytes, length);
  emit("\"event\":\"message\",\"assoc\":%u,\"stream\":%u,\"ssn\":%u,\"ppid\":%u,\"unordered\":%s,\"length\":%zu,"
       "\"sha256\":\"%s\"",
       info->rcv_assoc_id, info->rcv_sid, info->rcv_ssn, ntohl(info->rcv_ppid), unordered ? "true" : "false", length,
       sha256_hex(&hash, digest));
}

static void on_part(const struct sctp_rcvinfo *info, const void *bytes, size_t length, int end) {
  if (mode == MODE_SINK) {
    sink_take(info->rcv_assoc_id, info, bytes, length, end);
    return;
  }
  struct partial **at = find_partial(info->rcv_assoc_id, info);
  if (*at == NULL && end) {
    on_message(info, bytes, length);
    return;
  }
  append(at, info, bytes, length);
  if (!end) return;
  on_message(info, (*at)->bytes, (*at)->length);
  drop_partial(at);
}

static void *receive_loop(void *unused) {
  static uint8_t bytes[1 << 20];
  (void)unused;
  for (;;) {
    struct sctp_rcvinfo info = {0};
    address_t from;
    socklen_t from_length = sizeof from, info_length = sizeof info;
    unsigned int info_type = 0;
    int flags = 0;
    pthread_mutex_lock(&lock);
    while (paused) pthread_cond_wait(&resumed, &lock);
    pthread_mutex_unlock(&lock);
    ssize_t length =
        usrsctp_recvv(peer_socket, bytes, sizeof bytes, &from.sa, &from_length, &info, &info_length, &info_type, &flags);
    if (length < 0 && errno != EAGAIN && errno != EINTR) emit_error("usrsctp_recvv", errno);
    if (length < 0) continue;
    if (flags & MSG_NOTIFICATION) {
      on_notification(bytes, (size_t)length);
    } else if (info_type == SCTP_RECVV_RCVINFO) {
      on_part(&info, bytes, (size_t)length, (flags & MSG_EOR) != 0);
    }
  }
  return NULL;
}

void receive_start(void) {
  pthread_t thread;
  mode = options.mode;
  if (pthread_create(&thread, NULL, receive_loop, NULL) != 0) fail("pthread_create", errno);
}

void receive_pause(int value) {
  pthread_mutex_lock(&lock);
  paused = value;
  pthread_cond_signal(&resumed);
  pthread_mutex_unlock(&lock);
}

void receive_set_mode(enum peer_mode value) { mode = value; }

/* What came of a message before its association restarted, or its delivery was given up, is no message. */
void forget_partials(sctp_assoc_t association) {
  struct partial **at = &partials;
  while (*at != NULL) {
    if ((*at)->association == association) {
      drop_partial(at);
    } else {
      at = &(*at)->next;
    }
  }
}
