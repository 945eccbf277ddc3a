#include "look_again.h"

#define LARGEST_PAUSE 1024

bool look_is_worth_while(struct looks *looks) {
  if (looks->pause_left == 0)
    return true;
  looks->pause_left--;
  return false;
}

void learn_from_look(struct looks *looks, bool found) {
  if (found)
    looks->pause = 0;
  else if (looks->pause < LARGEST_PAUSE)
    looks->pause = looks->pause == 0 ? 1 : looks->pause * 2;
  looks->pause_left = looks->pause;
}
