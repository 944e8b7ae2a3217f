/*
 * Turns: three people, two sessions; messages wait, the API opens their turns and certifies them for the boot of the broker that it knows,
 * brokers crash and start again, certificates come late, twice and to the wrong broker. Checked whole by Spin;
 * tests/models/check.py runs it, and again with each guard taken away.
 *
 * What the states and guards are is schema/states.toml; the part between the marks is generated from it.
 */

#define SESSIONS 2
#define PEOPLE 3
#define TURNS 3 /* over both sessions */
#define CERTS 5 /* a turn is certified again for a new boot */
#define BOOTS 2
#define NUMBERS 4 /* of turns: from 1 */

/* generated from schema/states.toml */
#define TURN_QUEUED 1
#define TURN_OPEN 2
#define TURN_CLOSED 3
#define turn_open_from(state) ((state) == TURN_QUEUED)
#define turn_open_may ( \
  cert_session[k] == s && \
  cert_boot[k] == boot[s] && \
  cert_turn[k] > seen[s])
#define turn_close_from(state) ((state) == TURN_QUEUED || (state) == TURN_OPEN)
/* end of the generated part */

#define NONE 15

/* The API. */
byte turns, certs;
byte turn_state[NUMBERS], turn_session[NUMBERS], turn_person[NUMBERS]; /* by the turn's number */
byte api_turn[SESSIONS]; /* the turn that is open; 0: none */
byte api_boot[SESSIONS];
byte cert_session[CERTS], cert_turn[CERTS], cert_actor[CERTS], cert_boot[CERTS];

/* The brokers: their boot and their memory, and what of it is on disk. */
byte boot[SESSIONS];
byte seen[SESSIONS], log_seen[SESSIONS];
byte turn_actor[SESSIONS]; /* NONE: no turn is open */

byte s, u, k;
#define forget s = 0; u = 0; k = 0

inline pick(variable, count) {
  if
  :: variable = 0
  :: count > 1 -> variable = 1
  :: count > 2 -> variable = 2
  :: count > 3 -> variable = 3
  :: count > 4 -> variable = 4
  :: count > 5 -> variable = 5
  fi
}

inline certify() {
  cert_session[certs] = s;
  cert_turn[certs] = api_turn[s];
  cert_actor[certs] = turn_person[api_turn[s]];
  cert_boot[certs] = api_boot[s];
  certs++
}

/* A person says something in a session: it waits for its turn. */
inline say() {
  pick(s, SESSIONS); pick(u, PEOPLE);
  turns++;
  turn_state[turns] = TURN_QUEUED;
  turn_session[turns] = s;
  turn_person[turns] = u
}

/* Any turn, whatever became of it since somebody read that it waits. */
inline open_turn() {
  pick(k, NUMBERS);
  s = turn_session[k];
  if
  :: k > 0 && k <= turns && turn_open_from(turn_state[k]) && api_turn[s] == 0 ->
    assert(turn_state[k] != TURN_CLOSED); /* what is over, or was cancelled, stays so */
    turn_state[k] = TURN_OPEN;
    api_turn[s] = k;
    certify()
  :: else
  fi
}

/* One that waits is cancelled; of one that is open the API has heard that it is over, or has ended it itself. */
inline close_turn() {
  pick(k, NUMBERS);
  s = turn_session[k];
  if
  :: k > 0 && k <= turns && turn_close_from(turn_state[k]) ->
    assert(turn_state[k] != TURN_CLOSED); /* a turn ends once */
    turn_state[k] = TURN_CLOSED;
    if
    :: api_turn[s] == k ->
      api_turn[s] = 0;
      if
      :: turn_actor[s] = NONE
      :: true /* the broker has not heard of it yet */
      fi
    :: else
    fi
  :: else
  fi
}

/* Any certificate that was ever signed comes to any broker, which is working on a turn or not. */
inline deliver() {
  pick(s, SESSIONS); pick(k, CERTS);
  if
  :: k < certs && turn_open_may ->
    /* For this session, by its number and nobody else's; and never a turn of before. */
    assert(cert_session[k] == s);
    assert(cert_boot[k] == boot[s]);
    assert(cert_turn[k] > seen[s]);
    seen[s] = cert_turn[k];
    log_seen[s] = seen[s]; /* its row is durable before it opens for the agent */
    turn_actor[s] = cert_actor[k];
    assert(turn_session[seen[s]] == s && turn_person[seen[s]] == turn_actor[s])
  :: else
  fi
}

/* A broker ends and starts again: what was open is open for nobody until the API has certified it for the new boot. */
inline crash() {
  pick(s, SESSIONS);
  if
  :: boot[s] + 1 < BOOTS ->
    boot[s]++;
    turn_actor[s] = NONE;
    seen[s] = (log_seen[s] > 0 -> log_seen[s] - 1 : 0) /* the turn that was open may go on, under a new certificate */
  :: else
  fi
}

/* The API hears of the boot, sooner or later, and certifies what is open. */
inline hear_of_boot() {
  pick(s, SESSIONS);
  if
  :: api_boot[s] != boot[s] ->
    api_boot[s] = boot[s];
    if
    :: api_turn[s] != 0 && certs < CERTS -> certify()
    :: else
    fi
  :: else
  fi
}

init {
  atomic { turn_actor[0] = NONE; turn_actor[1] = NONE };
end: /* all turns have been had */
  do
  :: atomic { turns < TURNS -> say(); forget }
  :: atomic { turns > 0 && certs < CERTS -> open_turn(); forget }
  :: atomic { turns > 0 -> close_turn(); forget }
  :: atomic { certs > 0 -> deliver(); forget }
  :: atomic { boot[0] + boot[1] < 2 * BOOTS - 2 -> crash(); forget }
  :: atomic { api_boot[0] != boot[0] || api_boot[1] != boot[1] -> hear_of_boot(); forget }
  od
}
