/* Authenticated chunks (RFC 4895; RFC 6458 §6.1.8, §8.1.17 to §8.3.5): keys, what is required, and what came of it. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY 1024

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
  char *list = text(c, "chunks"), *rest = NULL;
  int error = list == NULL ? EINVAL : 0;
  for (char *one = list; error == 0 && (one = strtok_r(one, ",", &rest)) != NULL; one = NULL) {
    struct sctp_authchunk chunk = {.sauth_chunk = (uint8_t)strtoul(one, NULL, 10)};
    error = set_option(SCTP_AUTH_CHUNK, &chunk, sizeof chunk);
  }
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
    {"auth-delete", on_delete},   {"auth-require", on_require},  
    {"auth-counters", on_counters}, {NULL, NULL},
};
