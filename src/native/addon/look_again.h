/* Looking again for a moment before the event loop goes to sleep, as far as that has been worth while. */
#ifndef WHERRY_LOOK_AGAIN_H
#define WHERRY_LOOK_AGAIN_H

#include <stdbool.h>

/* How long a look lasts. */
#define LOOK_AGAIN_NS 60000
/* After so many turns the event loop's timers and threads get their turn. */
#define TURNS_IN_A_ROW 16

struct looks {
  /* Looks left out after the last one in vain, and how many of them are still to come. */
  int pause, pause_left;
};

/* Whether to look now. */
bool look_is_worth_while(struct looks *looks);
/* Each look in vain makes the next pause longer, so that peers further away cost nothing. */
void learn_from_look(struct looks *looks, bool found);

#endif
