/* What the files of commands share. */
#ifndef COMMAND_H
#define COMMAND_H

#include "peer.h"

#define MAX_ARGUMENTS 16
#define MAX_MESSAGE (64u << 20)

struct command {
  long id;
  int count;
  char *names[MAX_ARGUMENTS];
  char *values[MAX_ARGUMENTS];
};

struct verb {
  const char *name;
  void (*run)(const struct command *);
};

/* Each ends with a verb without a name. */
extern const struct verb auth_verbs[], interleaving_verbs[], reliability_verbs[], reset_verbs[];

char *text(const struct command *c, const char *name);
uint64_t number(const struct command *c, const char *name, uint64_t otherwise);
sctp_assoc_t association(const struct command *c);
void reply(const struct command *c, int error);

/* 0 or an errno. */
int set_option(int name, const void *value, socklen_t length);

#endif
