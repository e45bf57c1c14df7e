/* Authenticated chunks (RFC 4895; RFC 6458 §6.1.8, §8.1.17 to §8.3.5): keys, what is required, and what came of it. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY 1024
#define MAX_LIST 64

/* "0,3,4" */
static int parse_numbers(char *list, uint16_t into[MAX_LIST]) {
  int count = 0;
  char *rest = NULL;
  if (list == NULL) return 0;
  for (char *one = strtok_r(list, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
    if (count == MAX_LIST) return -1;
    into[count++] = (uint16_t)strtoul(one, NULL, 10);
  }
  return count;
}

/* Bytes in hex; none is the null key. */
static void on_key(const struct command *c) {
  union {
    struct sctp_authkey key;
    uint8_t room[sizeof(struct sctp_authkey) + MAX_KEY];
  } option = {0};
  const char *digits = text(c, "secret");
  size_t length = digits == NULL ? 0 : strlen(digits) / 2;
  if (length > MAX_KEY) return reply(c, EINVAL);
  for (size_t i = 0; i < length; i++) {
    unsigned int byte;
    if (sscanf(digits + 2 * i, "%2x", &byte) != 1) return reply(c, EINVAL);
    option.key.sca_key[i] = (uint8_t)byte;
  }
  option.key.sca_assoc_id = association(c);
  option.key.sca_keynumber = (uint16_t)number(c, "key", 0);
  option.key.sca_keylength = (uint16_t)length;
  reply(c, set_option(SCTP_AUTH_KEY, &option, (socklen_t)(sizeof(struct sctp_authkey) + length)));
}

static void on_key_option(const struct command *c, int option) {
  struct sctp_authkeyid id = {.scact_assoc_id = association(c), .scact_keynumber = (uint16_t)number(c, "key", 0)};
  reply(c, set_option(option, &id, sizeof id));
}

static void on_activate(const struct command *c) { on_key_option(c, SCTP_AUTH_ACTIVE_KEY); }
static void on_deactivate(const struct command *c) { on_key_option(c, SCTP_AUTH_DEACTIVATE_KEY); }
static void on_delete(const struct command *c) { on_key_option(c, SCTP_AUTH_DELETE_KEY); }

/* Of associations to come. */
static void on_require(const struct command *c) {
  uint16_t types[MAX_LIST];
  int count = parse_numbers(text(c, "chunks"), types), error = count < 1 ? EINVAL : 0;
  for (int i = 0; i < count && error == 0; i++) {
    struct sctp_authchunk chunk = {.sauth_chunk = (uint8_t)types[i]};
    error = set_option(SCTP_AUTH_CHUNK, &chunk, sizeof chunk);
  }
  reply(c, error);
}

/* Of associations to come, the best liked one first. */
static void on_hmacs(const struct command *c) {
  union {
    struct sctp_hmacalgo hmacs;
    uint8_t room[sizeof(struct sctp_hmacalgo) + MAX_LIST * sizeof(uint16_t)];
  } option = {0};
  int count = parse_numbers(text(c, "ids"), option.hmacs.shmac_idents);
  if (count < 1) return reply(c, EINVAL);
  option.hmacs.shmac_number_of_idents = (uint32_t)count;
  reply(c, set_option(SCTP_HMAC_IDENT, &option, (socklen_t)(sizeof(struct sctp_hmacalgo) + 2 * (size_t)count)));
}

/* As `send`, with a key of the message's own. */
static void on_send(const struct command *c) {
  uint64_t length = number(c, "length", 1);
  struct sctp_sendv_spa spa = {.sendv_flags = SCTP_SEND_SNDINFO_VALID | SCTP_SEND_AUTHINFO_VALID};
  if (length > MAX_MESSAGE) return reply(c, EMSGSIZE);
  uint8_t *bytes = malloc(length + 1);
  if (bytes == NULL) return reply(c, ENOMEM);
  fill_pattern(bytes, length, number(c, "offset", 0));
  spa.sendv_sndinfo.snd_sid = (uint16_t)number(c, "stream", 0);
  spa.sendv_sndinfo.snd_ppid = htonl((uint32_t)number(c, "ppid", 0));
  spa.sendv_sndinfo.snd_assoc_id = association(c);
  spa.sendv_authinfo.auth_keynumber = (uint16_t)number(c, "key", 0);
  ssize_t sent = usrsctp_sendv(peer_socket, bytes, length, NULL, 0, &spa, sizeof spa, SCTP_SENDV_SPA, 0);
  int error = sent < 0 ? errno : 0;
  free(bytes);
  reply(c, error);
}

/* Of the whole process, since it started. */
static void on_counters(const struct command *c) {
  struct sctpstat s;
  usrsctp_get_stat(&s);
  emit("\"reply\":%ld,\"received\":%u,\"missing\":%u,\"failed\":%u,\"unknownHmac\":%u,\"unknownKey\":%u", c->id,
       s.sctps_recvauth, s.sctps_recvauthmissing, s.sctps_recvauthfailed, s.sctps_recvivalhmacid,
       s.sctps_recvivalkeyid);
}

void on_authentication(const struct sctp_authkey_event *event) {
  static const char *const changes[] = {
      [SCTP_AUTH_NEW_KEY] = "NEW_KEY", [SCTP_AUTH_NO_AUTH] = "NO_AUTH", [SCTP_AUTH_FREE_KEY] = "FREE_KEY"};
  uint32_t change = event->auth_indication;
  emit("\"event\":\"auth\",\"assoc\":%u,\"change\":\"%s\",\"key\":%u", event->auth_assoc_id,
       change < sizeof changes / sizeof changes[0] && changes[change] != NULL ? changes[change] : "UNKNOWN",
       event->auth_keynumber);
}

const struct verb auth_verbs[] = {
    {"auth-key", on_key},         {"auth-activate", on_activate}, {"auth-deactivate", on_deactivate},
    {"auth-delete", on_delete},   {"auth-require", on_require},   {"auth-hmacs", on_hmacs},
    {"auth-send", on_send},       {"auth-counters", on_counters}, {NULL, NULL},
};
