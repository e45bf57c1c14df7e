/* User message interleaving, and who sends next (RFC 8260). */
#include "command.h"

#include <errno.h>
#include <string.h>

/* The library has it, and its header does not name it. */
#ifndef SCTP_INTERLEAVING_SUPPORTED
#define SCTP_INTERLEAVING_SUPPORTED 0x00001206
#endif

/* RFC 6458 §8.1.20: messages of all streams and associations come in parts in turn. */
#define INTERLEAVE_ALL 2

/* Of associations to come. The library wants to hear first that its user takes parts in turn. */
static void on_interleaving(const struct command *c) {
  struct sctp_assoc_value level = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = INTERLEAVE_ALL};
  struct sctp_assoc_value supported = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = (uint32_t)number(c, "on", 1)};
  int error = set_option(SCTP_FRAGMENT_INTERLEAVE, &level.assoc_value, sizeof level.assoc_value);
  if (error == 0) error = set_option(SCTP_INTERLEAVING_SUPPORTED, &supported, sizeof supported);
  reply(c, error);
}

static void on_scheduler(const struct command *c) {
  static const struct {
    const char *name;
    uint32_t module;
  } modules[] = {
      {"default", SCTP_SS_DEFAULT},
      {"round-robin", SCTP_SS_ROUND_ROBIN},
      {"round-robin-packet", SCTP_SS_ROUND_ROBIN_PACKET},
      {"priority", SCTP_SS_PRIORITY},
      {"fair", SCTP_SS_FAIR_BANDWITH},
      {"fcfs", SCTP_SS_FIRST_COME},
  };
  const char *name = text(c, "name");
  struct sctp_assoc_value scheduler = {.assoc_id = association(c)};
  for (size_t i = 0; name != NULL && i < sizeof modules / sizeof modules[0]; i++) {
    if (strcmp(modules[i].name, name) != 0) continue;
    scheduler.assoc_value = modules[i].module;
    return reply(c, set_option(SCTP_PLUGGABLE_SS, &scheduler, sizeof scheduler));
  }
  reply(c, EINVAL);
}

/* What the scheduler makes of it: of "priority", the lower the sooner. */
static void on_stream_value(const struct command *c) {
  struct sctp_stream_value value = {.assoc_id = association(c),
                                    .stream_id = (uint16_t)number(c, "stream", 0),
                                    .stream_value = (uint16_t)number(c, "value", 0)};
  reply(c, set_option(SCTP_SS_VALUE, &value, sizeof value));
}

const struct verb interleaving_verbs[] = {
    {"interleaving", on_interleaving}, {"scheduler", on_scheduler}, {"stream-value", on_stream_value}, {NULL, NULL}};
