/* Sending: single messages, and sources that send a pattern from a thread of their own. */
#include "peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * The pattern of every stream is one block over and over. Its length is a prime, so that a message lost, doubled
 * or swapped changes the hash whatever the message size.
 */
#define PATTERN 65521

struct source {
  struct source *next;
  struct source_request request;
  uint64_t bytes, messages, start_ns, handed_ns;
  int error;   /* errno of the send that failed */
  int handed;  /* every message is in the library; what is left is that the peer acknowledges */
};

static struct source *sources;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const uint8_t *pattern_block(void) {
  static uint8_t block[PATTERN];
  if (block[0] == 0) {
    uint32_t x = 0x9e3779b9;
    for (int i = 0; i < PATTERN; i++) {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      block[i] = (uint8_t)(x >> 24);
    }
  }
  return block;
}

void fill_pattern(uint8_t *into, size_t length, uint64_t offset) {
  const uint8_t *block = pattern_block();
  while (length > 0) {
    size_t at = offset % PATTERN, take = PATTERN - at < length ? PATTERN - at : length;
    memcpy(into, block + at, take);
    into += take;
    offset += take;
    length -= take;
  }
}

/* 0 or an errno. Waits while the send buffer is full. */
int send_bytes(sctp_assoc_t association, const void *bytes, size_t length, uint16_t stream, uint32_t ppid,
               uint16_t flags) {
  struct sctp_sndinfo info = {
      .snd_sid = stream, .snd_flags = flags, .snd_ppid = htonl(ppid), .snd_assoc_id = association};
  ssize_t sent = usrsctp_sendv(peer_socket, bytes, length, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0);
  if (sent < 0) return errno;
  return (size_t)sent == length ? 0 : EMSGSIZE;
}

static void remove_source(struct source *gone) {
  struct source **at = &sources;
  while (*at != gone) at = &(*at)->next;
  *at = gone->next;
  free(gone);
}

static void report(const struct source *source, int error) {
  emit("\"event\":\"sourced\",\"command\":%ld,\"assoc\":%u,\"bytes\":%llu,\"messages\":%llu,\"ns\":%llu,"
       "\"handedNs\":%llu,\"error\":%d",
       source->request.command, source->request.association, (unsigned long long)source->bytes,
       (unsigned long long)source->messages, (unsigned long long)(now_ns() - source->start_ns),
       (unsigned long long)(source->handed_ns - source->start_ns), error);
}

static void subscribe_dry(sctp_assoc_t association, uint8_t on) {
  struct sctp_event event = {.se_assoc_id = association, .se_type = SCTP_SENDER_DRY_EVENT, .se_on = on};
  usrsctp_setsockopt(peer_socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
}

static void settle(sctp_assoc_t association, int error) {
  pthread_mutex_lock(&lock);
  struct source *next = NULL;
  for (struct source *one = sources; one != NULL; one = next) {
    next = one->next;
    if (one->request.association != association || !one->handed) continue;
    report(one, one->error != 0 ? one->error : error);
    remove_source(one);
  }
  pthread_mutex_unlock(&lock);
}

/* Everything sent on the association was acknowledged. */
void source_dry(sctp_assoc_t association) {
  subscribe_dry(association, 0);
  settle(association, 0);
}

void source_ended(sctp_assoc_t association) { settle(association, ECONNRESET); }

static int send_all(struct source *source, uint8_t *message, uint64_t *offsets) {
  const struct source_request *r = &source->request;
  while (r->bytes == 0 || source->bytes < r->bytes) {
    if (r->limit_ns != 0 && now_ns() - source->start_ns >= r->limit_ns) return 0;
    uint64_t left = r->bytes - source->bytes;
    uint32_t length = r->bytes != 0 && left < r->size ? (uint32_t)left : r->size;
    uint16_t turn = (uint16_t)(source->messages % r->streams);
    fill_pattern(message, length, offsets[turn]);
    int error = send_bytes(r->association, message, length, (uint16_t)(r->first_stream + turn), r->ppid,
                           r->unordered ? SCTP_UNORDERED : 0);
    if (error != 0) return error;
    offsets[turn] += length;
    source->bytes += length;
    source->messages++;
  }
  return 0;
}

static void *source_loop(void *argument) {
  struct source *source = argument;
  sctp_assoc_t association = source->request.association;
  uint8_t *message = malloc(source->request.size);
  uint64_t *offsets = calloc(source->request.streams, sizeof *offsets);
  if (message == NULL || offsets == NULL) abort();
  int error = send_all(source, message, offsets);
  free(message);
  free(offsets);
  pthread_mutex_lock(&lock);
  source->error = error;
  source->handed_ns = now_ns();
  source->handed = 1;
  pthread_mutex_unlock(&lock);
  if (error != 0) {
    settle(association, error);
  } else {
    /* The notification comes at once where nothing is outstanding. */
    subscribe_dry(association, 1);
  }
  return NULL;
}

/* 0 or an errno. The event `sourced` comes when the peer has acknowledged everything, or an error ended it. */
int source_start(const struct source_request *request) {
  pthread_t thread;
  struct source *source = calloc(1, sizeof *source);
  if (source == NULL) return ENOMEM;
  source->request = *request;
  source->start_ns = now_ns();
  pattern_block();
  pthread_mutex_lock(&lock);
  source->next = sources;
  sources = source;
  pthread_mutex_unlock(&lock);
  int error = pthread_create(&thread, NULL, source_loop, source);
  if (error == 0) pthread_detach(thread);
  return error;
}
