/* Messages that are given up: by their time, by the buffer, or by the number of retransmissions (RFC 3758, RFC 7496). */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint16_t policy_of(const char *name) {
  if (name == NULL) return SCTP_PR_SCTP_NONE;
  return strcmp(name, "lifetime") == 0          ? SCTP_PR_SCTP_TTL
         : strcmp(name, "buffer") == 0          ? SCTP_PR_SCTP_BUF
         : strcmp(name, "retransmissions") == 0 ? SCTP_PR_SCTP_RTX
                                                : SCTP_PR_SCTP_NONE;
}

static void on_send_partial(const struct command *c) {
  struct sctp_sendv_spa about = {
      .sendv_flags = SCTP_SEND_SNDINFO_VALID | SCTP_SEND_PRINFO_VALID,
      .sendv_sndinfo = {.snd_sid = (uint16_t)number(c, "stream", 0),
                        .snd_flags = number(c, "unordered", 0) ? SCTP_UNORDERED : 0,
                        .snd_ppid = htonl((uint32_t)number(c, "ppid", 0)),
                        .snd_assoc_id = association(c)},
      .sendv_prinfo = {.pr_policy = policy_of(text(c, "policy")), .pr_value = (uint32_t)number(c, "value", 0)},
  };
  uint64_t length = number(c, "length", 1);
  if (about.sendv_prinfo.pr_policy == SCTP_PR_SCTP_NONE) return reply(c, EINVAL);
  if (length > MAX_MESSAGE) return reply(c, EMSGSIZE);
  uint8_t *bytes = malloc(length + 1);
  if (bytes == NULL) return reply(c, ENOMEM);
  fill_pattern(bytes, length, number(c, "offset", 0));
  ssize_t sent = usrsctp_sendv(peer_socket, bytes, length, NULL, 0, &about, sizeof about, SCTP_SENDV_SPA, 0);
  int error = sent < 0 ? errno : (uint64_t)sent == length ? 0 : EMSGSIZE;
  free(bytes);
  reply(c, error);
}

const struct verb reliability_verbs[] = {{"send-partial", on_send_partial}, {NULL, NULL}};
