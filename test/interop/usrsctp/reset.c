/* Stream reconfiguration (RFC 6525 §6): resets of streams and TSNs, streams that are added, and what came of it. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STREAMS 64

/* What the peer may ask for: 1 resets of streams, 2 of the association, 4 more streams. */
static void on_allow(const struct command *c) {
  struct sctp_assoc_value allowed = {.assoc_id = association(c), .assoc_value = (uint32_t)number(c, "flags", 7)};
  reply(c, set_option(SCTP_ENABLE_STREAM_RESET, &allowed, sizeof allowed));
}

/* Without `streams`, all of them. */
static void on_reset(const struct command *c) {
  union {
    struct sctp_reset_streams reset;
    uint8_t room[sizeof(struct sctp_reset_streams) + MAX_STREAMS * sizeof(uint16_t)];
  } option = {0};
  char *list = text(c, "streams"), *rest = NULL;
  int count = 0;
  for (char *one = list == NULL ? NULL : strtok_r(list, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
    if (count == MAX_STREAMS) return reply(c, EINVAL);
    option.reset.srs_stream_list[count++] = (uint16_t)strtoul(one, NULL, 10);
  }
  option.reset.srs_assoc_id = association(c);
  if (number(c, "outgoing", 0)) option.reset.srs_flags |= SCTP_STREAM_RESET_OUTGOING;
  if (number(c, "incoming", 0)) option.reset.srs_flags |= SCTP_STREAM_RESET_INCOMING;
  option.reset.srs_number_streams = (uint16_t)count;
  socklen_t length = (socklen_t)(sizeof(struct sctp_reset_streams) + (size_t)count * sizeof(uint16_t));
  reply(c, set_option(SCTP_RESET_STREAMS, &option, length));
}

static void on_reset_association(const struct command *c) {
  sctp_assoc_t assoc = association(c);
  reply(c, set_option(SCTP_RESET_ASSOC, &assoc, sizeof assoc));
}

static void on_add(const struct command *c) {
  struct sctp_add_streams add = {.sas_assoc_id = association(c),
                                 .sas_instrms = (uint16_t)number(c, "in", 0),
                                 .sas_outstrms = (uint16_t)number(c, "out", 0)};
  reply(c, set_option(SCTP_ADD_STREAMS, &add, sizeof add));
}

static const char *result_of(uint16_t flags) {
  return flags & SCTP_STREAM_RESET_DENIED ? "denied" : flags & SCTP_STREAM_RESET_FAILED ? "failed" : "performed";
}

void on_stream_reset(const struct sctp_stream_reset_event *event) {
  size_t count = (event->strreset_length - sizeof *event) / sizeof(uint16_t), size = 0;
  char *list = NULL;
  FILE *out = open_memstream(&list, &size);
  if (out == NULL) abort();
  for (size_t i = 0; i < count; i++) fprintf(out, "%s%u", i == 0 ? "" : ",", event->strreset_stream_list[i]);
  fclose(out);
  emit("\"event\":\"stream-reset\",\"assoc\":%u,\"direction\":\"%s\",\"result\":\"%s\",\"streams\":[%s]",
       event->strreset_assoc_id, event->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN ? "incoming" : "outgoing",
       result_of(event->strreset_flags), list);
  free(list);
}

void on_association_reset(const struct sctp_assoc_reset_event *event) {
  emit("\"event\":\"assoc-reset\",\"assoc\":%u,\"result\":\"%s\",\"localTsn\":%u,\"remoteTsn\":%u",
       event->assocreset_assoc_id, result_of(event->assocreset_flags), event->assocreset_local_tsn,
       event->assocreset_remote_tsn);
}

void on_stream_change(const struct sctp_stream_change_event *event) {
  emit("\"event\":\"stream-change\",\"assoc\":%u,\"result\":\"%s\",\"in\":%u,\"out\":%u", event->strchange_assoc_id,
       result_of(event->strchange_flags), event->strchange_instrms, event->strchange_outstrms);
}

const struct verb reset_verbs[] = {
    {"reset-allow", on_allow},
    {"reset-streams", on_reset},
    {"reset-association", on_reset_association},
    {"add-streams", on_add},
    {NULL, NULL},
};
