/*
 * Influence: sources that enter a session while questions wait, grants serve and calls are under way; answers that are
 * handed on, and a crash that forgets what was not written. Nothing with side effects is dialled under a grant that was
 * asked for before a source entered whose words may have been read. Checked whole by Spin; tests/models/check.py runs it.
 *
 * One session, one person, one account, one scope with side effects; what else a grant rests on is consent.pml, and
 * holds here. The part between the marks is generated from schema/states.toml.
 */

#define SOURCES 3
#define GRANTS 2
#define CALLS 2

/* generated from schema/states.toml */
#define grant_use_may ( \
  gr_session(g) == s && \
  gr_actor(g) == turn_actor[s] && \
  gr_scope(g) == scope && \
  gr_connection(g) == connection && \
  (gr_lifetime(g) != ONCE || gr_digest(g) == digest) && \
  (gr_lifetime(g) != TURN || ch_turn[gr_challenge[g]] == seen[s]) && \
  !gr_ended[g] && \
  (gr_lifetime(g) != SESSION || !in_used_up) && \
  in_part != OUTSIDE && \
  (!has_effects(scope) || in_entered <= in_known))
/* end of the generated part */

/* What consent.pml is about. */
#define gr_session(g) 0
#define gr_actor(g) 0
#define gr_scope(g) 0
#define gr_connection(g) 0
#define gr_digest(g) 0
#define gr_lifetime(g) SESSION
#define in_used_up false
#define has_effects(scope) true
#define ONCE 0
#define TURN 1
#define SESSION 2
#define OUTSIDE 1
#define NONE 15

byte s, scope, connection, digest, in_part;
byte seen[1], turn_actor[1], ch_turn[1], gr_challenge[GRANTS];
bool gr_ended[GRANTS];

byte entered, log_entered; /* how many sources the ledger knows of, and how many of them are on disk */
byte by[SOURCES];          /* the call whose answer brought it in; NONE: it came otherwise */
byte handed;               /* how many somebody may have read */
byte asked[GRANTS];        /* one more than how many had entered when it was asked for; 0: there is none */
bool granted[GRANTS];
byte permit[CALLS];        /* one more than how many had entered when it was allowed; 0: it was not */
byte asked_of[CALLS];      /* the same of the grant that it was allowed by */
bool crashed;

byte g, k, i, in_entered, in_known;
#define forget g = 0; k = 0; i = 0; in_entered = 0; in_known = 0

inline pick(variable) {
  if
  :: variable = 0
  :: variable = 1
  fi
}

inline ask() {
  pick(g);
  if
  :: asked[g] == 0 -> asked[g] = entered + 1
  :: else
  fi
}

inline answer() {
  pick(g);
  if
  :: asked[g] > 0 -> granted[g] = true
  :: else
  fi
}

/* A call is decided on, a second time also: a round later it is another call. */
inline allow() {
  pick(g); pick(k);
  in_entered = entered; in_known = asked[g] - 1;
  if
  :: granted[g] && grant_use_may -> permit[k] = entered + 1; asked_of[k] = asked[g]
  :: else
  fi
}

/* The last look before the dial: all that has entered since came in by this very call. */
inline dial() {
  pick(k);
  if
  :: permit[k] > 0 ->
    in_known = 1;
    i = permit[k] - 1;
    do
    :: i < entered -> in_known = (by[i] == k -> in_known : 0); i++
    :: else -> break
    od;
    if
    :: in_known == 1 ->
      i = asked_of[k] - 1;
      do
      :: i < handed -> assert(by[i] == k); i++
      :: else -> break
      od
    :: else
    fi
  :: else
  fi
}

/* A person's first turn, or an answer to a call that is under way. */
inline enter() {
  pick(k);
  if
  :: entered < SOURCES ->
    if
    :: by[entered] = NONE
    :: permit[k] > 0 -> by[entered] = k
    fi;
    entered++
  :: else
  fi
}

inline write() { log_entered = entered }

/* Turns and answers are handed on when what has entered is on disk. */
inline hand_over() {
  if
  :: log_entered == entered -> handed = entered
  :: else
  fi
}

/* Calls end with their broker; questions and grants were written down before they counted, and all before them. */
inline crash() {
  crashed = true;
  entered = log_entered;
  for (k : 0 .. CALLS - 1) { permit[k] = 0; asked_of[k] = 0 }
  for (g : 0 .. GRANTS - 1) {
    if
    :: asked[g] > entered + 1 -> asked[g] = 0; granted[g] = false
    :: else
    fi
  }
}

init {
end:
  do
  :: atomic { ask(); forget }
  :: atomic { answer(); forget }
  :: atomic { allow(); forget }
  :: atomic { dial(); forget }
  :: atomic { entered < SOURCES -> enter(); forget }
  :: atomic { log_entered < entered -> write(); forget }
  :: atomic { handed < entered -> hand_over(); forget }
  :: atomic { !crashed -> crash(); forget }
  od
}
