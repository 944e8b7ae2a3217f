/*
 * Consent: three people, two sessions, three scopes; questions, answers, grants and turns, with crashes of either
 * side, messages that come twice, late or to the wrong broker, and tokens that differ in one member from what was
 * approved. Checked whole by Spin; tests/models/check.py runs it, and again with each guard taken away.
 *
 * What the states and guards are is schema/states.toml; the part between the marks is generated from it.
 * A broker's memory changes at once (…_mem would be its name: here the plain one); what is on its disk is `log_…`. An
 * effect (a dial, an answer to the API) comes only after the two are equal; a crash forgets what was not written.
 * Names being interchangeable, the first of each kind is number 0, and the next one new is the next number. One thing
 * expires and one broker crashes in a run, whichever and whenever.
 */

#define SESSIONS 2
#define PEOPLE 3
#define SCOPES 3
#define CONNECTIONS 2
#define DIGESTS 2 /* two requests for each scope and connection */
#define N 2       /* questions, tokens, grants */
#define TURNS 3   /* over both sessions */

#define HIGH_RISK 1 /* the scope that demands a passkey */

#define has_effects(scope) ((scope) != 0) /* the first only reads; what may come in meanwhile is influence.pml */

#define OUTSIDE 1 /* the part that the account, or the grant, does not have */

#define ONCE 0
#define TURN 1
#define SESSION 2 /* with limits: one without is as one of which nothing was used */
#define UNFIT 3 /* a lifetime without its end */
#define MISLIMITED 4 /* once, with limits */

/* generated from schema/states.toml */
#define TURN_QUEUED 1
#define TURN_OPEN 2
#define TURN_CLOSED 3
#define CHALLENGE_PENDING 1
#define CHALLENGE_APPROVED 2
#define CHALLENGE_GRANTED 3
#define CHALLENGE_DENIED 4
#define CHALLENGE_WITHDRAWN 5
#define CHALLENGE_REFUSED 6
#define CHALLENGE_EXPIRED 7
#define GRANT_LIVE 1
#define GRANT_REVOKING 2
#define GRANT_SPENT 3
#define GRANT_REVOKED 4
#define turn_serve_from(state) ((state) == TURN_OPEN)
#define challenge_approve_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_approve_may ( \
  u == ch_actor[c] && \
  !ch_expired[c] && \
  digest == ch_digest[c])
#define challenge_redeem_from(state) ((state) == CHALLENGE_PENDING || (state) == CHALLENGE_APPROVED || (state) == CHALLENGE_REFUSED)
#define challenge_redeem_may ( \
  !id_used[in_id] && \
  !ch_expired[c] && \
  in_challenge == c && \
  in_session == ch_session[c] && \
  u == ch_actor[c] && \
  scope == ch_scope[c] && \
  connection == ch_connection[c] && \
  digest == ch_digest[c] && \
  in_lifetime != UNFIT && \
  in_lifetime != MISLIMITED && \
  !tok_expired[t] && \
  (scope != HIGH_RISK || in_assured) && \
  in_part != OUTSIDE)
#define challenge_decline_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_decline_may ( \
  u == ch_actor[c] && \
  !ch_expired[c])
#define challenge_deny_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_deny_may ( \
  !ch_expired[c] && \
  !in_unoffered)
#define challenge_withdraw_from(state) ((state) == CHALLENGE_PENDING)
#define grant_use_from(state) ((state) == GRANT_LIVE)
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
#define grant_take_back_from(state) ((state) == GRANT_LIVE || (state) == GRANT_SPENT)
#define grant_revoke_from(state) ((state) == GRANT_LIVE || (state) == GRANT_REVOKING)
/* end of the generated part */

#define NONE 15

/* The API. */
byte tokens;
byte tok_challenge[N], tok_lifetime[N]; /* its number is its id; all else is its question's, when it is minted */
bool tok_expired[N];
bool consented[N]; /* a token was minted for the question */

/* The brokers. */
byte turns;
byte seen[SESSIONS]; /* the number of the turn */
bool turn_is_open[SESSIONS];
byte turn_actor[SESSIONS]; /* left as it was when the turn closes: nobody clears memory */
byte challenges;
byte ch_state[N], ch_session[N], ch_actor[N], ch_scope[N], ch_connection[N], ch_digest[N], ch_turn[N];
bool ch_expired[N];
bool id_used[N];
byte gr_state[N]; /* grant g is what token g made */
byte gr_challenge[N];
bool gr_ended[N];
/* On disk. */
byte log_ch_state[N];
bool log_id_used[N];
byte log_gr_state[N];

bool expired, crashed; /* something is, somebody has */
byte people; /* who have had a turn */

/* What the API knows of a question. It hears of a yes that it was redeemed, too, but that changes nothing here. */
#define api_state(c) (consented[c] -> CHALLENGE_APPROVED : CHALLENGE_PENDING)
#define turn_state(s) (turn_is_open[s] -> TURN_OPEN : TURN_CLOSED)
#define gr_session(g) ch_session[gr_challenge[g]]
#define gr_actor(g) ch_actor[gr_challenge[g]]
#define gr_scope(g) ch_scope[gr_challenge[g]]
#define gr_connection(g) ch_connection[gr_challenge[g]]
#define gr_digest(g) ch_digest[gr_challenge[g]]
#define gr_lifetime(g) tok_lifetime[g]

byte c, t, g, s, u, x, scope, connection, digest;
byte in_part; /* of the account: what the grant is for, or OUTSIDE */
byte in_entered, in_known; /* sources that had entered when the call is made, and when its grant was asked for */
bool in_unoffered; /* an account that the question does not offer */
bool in_assured; /* the person touched their passkey for it */
bool in_used_up; /* the grant has limits, and the call finds nothing left of them */
byte in_id, in_challenge, in_session, in_lifetime; /* of the token that comes in; the rest: u, scope, connection, digest */
#define forget \
  c = 0; t = 0; g = 0; s = 0; u = 0; x = 0; scope = 0; connection = 0; digest = 0; \
  in_id = 0; in_challenge = 0; in_session = 0; in_lifetime = 0; in_assured = false; in_used_up = false; \
  in_part = 0; in_entered = 0; in_known = 0; in_unoffered = false

inline pick(variable, count) {
  if
  :: variable = 0
  :: count > 1 -> variable = 1
  :: count > 2 -> variable = 2
  :: count > 3 -> variable = 3
  fi
}

/* Everything is on disk that broker s remembers. */
#define durable \
  (ch_state[0] == log_ch_state[0] && ch_state[1] == log_ch_state[1] && id_used[0] == log_id_used[0] && \
   id_used[1] == log_id_used[1] && gr_state[0] == log_gr_state[0] && gr_state[1] == log_gr_state[1])

/* A turn of anybody opens in any session. How a broker learns of it is turns.pml. */
inline open_turn() {
  pick(s, SESSIONS); pick(u, PEOPLE);
  if
  :: !turn_is_open[s] && u <= people && (turns > 0 || s == 0) ->
    turns++;
    people = (u == people -> people + 1 : people);
    seen[s] = turns;
    turn_actor[s] = u;
    turn_is_open[s] = true
  :: else
  fi
}

inline close_turn() {
  pick(s, SESSIONS);
  if
  :: turn_is_open[s] -> turn_is_open[s] = false
  :: else
  fi
}

/* The agent asks for whatever it likes, in the turn that is open. */
inline ask() {
  pick(s, SESSIONS); pick(scope, SCOPES);
  if
  :: challenges < N && turn_is_open[s] && scope <= challenges ->
    ch_state[challenges] = CHALLENGE_PENDING;
    log_ch_state[challenges] = CHALLENGE_PENDING; /* a question is shown only after it was written down */
    ch_session[challenges] = s;
    ch_actor[challenges] = turn_actor[s];
    ch_scope[challenges] = scope;
    /* Connection and request are number 0; it is tokens and calls that may have others. */
    ch_turn[challenges] = seen[s];
    challenges++
  :: else
  fi
}

/* The person asked says yes, to what was shown. */
inline approve() {
  pick(c, N); pick(x, 3);
  u = ch_actor[c]; digest = ch_digest[c];
  if
  :: c < challenges && tokens < N && challenge_approve_from(api_state(c)) && challenge_approve_may ->
    assert(!ch_expired[c] && !consented[c]);
    consented[c] = true;
    tok_challenge[tokens] = c;
    tok_lifetime[tokens] = x;
    tokens++
  :: else
  fi
}

/* The members of token t as it was minted: of its question. */
inline as_minted() {
  x = tok_challenge[t];
  in_id = t; in_challenge = x; in_session = ch_session[x]; in_lifetime = tok_lifetime[t]; in_assured = true;
  u = ch_actor[x]; scope = ch_scope[x]; connection = ch_connection[x]; digest = ch_digest[x]
}

/* Any token comes, as often as it likes, for any question. */
inline redeem() {
  pick(t, N); pick(c, N);
  as_minted();
  if
  :: t < tokens && c < challenges && challenge_redeem_from(ch_state[c]) && challenge_redeem_may ->
    assert(!ch_expired[c] && !tok_expired[t]);
    assert(!id_used[t] && consented[c] && tok_challenge[t] == c);
    ch_state[c] = CHALLENGE_GRANTED;
    id_used[t] = true;
    gr_state[t] = GRANT_LIVE;
    gr_challenge[t] = c
  :: else
  fi
}

/*
 * What must never go through, tried in every state: answers by another person or to something else than what was
 * shown; tokens that differ in one member from what was minted; calls that differ in one thing from what was granted.
 */
#define never(condition) assert(!(condition))

inline wrong_answers() {
  for (c : 0 .. N - 1) {
    u = ch_actor[c]; digest = ch_digest[c];
    never(c < challenges && consented[c] && challenge_approve_from(api_state(c)) && challenge_approve_may);
    never(c < challenges && consented[c] && challenge_decline_from(api_state(c)) && challenge_decline_may);
    never(c < challenges && ch_expired[c] && challenge_decline_from(api_state(c)) && challenge_decline_may);
    never(c < challenges && ch_state[c] != CHALLENGE_PENDING && challenge_withdraw_from(ch_state[c]));
    in_unoffered = true;
    never(c < challenges && challenge_deny_from(ch_state[c]) && challenge_deny_may);
    in_unoffered = false; digest = 1 - digest;
    never(c < challenges && challenge_approve_from(api_state(c)) && challenge_approve_may);
    digest = 1 - digest; u = (u + 1) % PEOPLE;
    never(c < challenges && challenge_approve_from(api_state(c)) && challenge_approve_may);
    never(c < challenges && challenge_decline_from(api_state(c)) && challenge_decline_may)
  }
}

#define redeems (challenge_redeem_from(ch_state[c]) && challenge_redeem_may)

inline wrong_tokens() {
  for (t : 0 .. tokens - 1) {
    for (c : 0 .. challenges - 1) {
      as_minted();
      never(ch_state[c] != CHALLENGE_PENDING && redeems);
      /* One that has an id of its own may come a second time with another's. */
      in_id = 1 - t;
      never((id_used[in_id] || ch_state[c] != CHALLENGE_PENDING) && redeems);
      in_id = t; in_challenge = NONE;
      never(redeems);
      in_challenge = x; in_session = 1 - in_session;
      never(redeems);
      in_session = ch_session[x]; u = (u + 1) % PEOPLE;
      never(redeems);
      u = ch_actor[x]; scope = (scope + 1) % SCOPES;
      never(redeems);
      scope = ch_scope[x]; connection = 1 - connection;
      never(redeems);
      connection = ch_connection[x]; digest = 1 - digest;
      never(redeems);
      digest = ch_digest[x]; in_lifetime = UNFIT;
      never(redeems);
      in_lifetime = MISLIMITED;
      never(redeems);
      in_lifetime = tok_lifetime[t]; in_assured = false;
      never(ch_scope[c] == HIGH_RISK && redeems);
      in_assured = true; in_part = OUTSIDE;
      never(redeems);
      in_part = 0
    }
  }
}

#define serves (grant_use_from(gr_state[g]) && turn_serve_from(turn_state(s)) && grant_use_may)

inline wrong_calls() {
  for (g : 0 .. tokens - 1) {
    for (s : 0 .. SESSIONS - 1) {
      scope = gr_scope(g); connection = gr_connection(g); digest = gr_digest(g);
      never(gr_state[g] != GRANT_LIVE && serves);
      never(gr_ended[g] && serves);
      in_used_up = true;
      never(gr_lifetime(g) == SESSION && serves);
      in_used_up = false;
      never(!turn_is_open[s] && serves);
      never(turn_actor[s] != gr_actor(g) && serves);
      never(s != gr_session(g) && serves);
      never(gr_lifetime(g) == TURN && seen[s] != ch_turn[gr_challenge[g]] && serves);
      never(gr_state[g] != GRANT_LIVE && gr_state[g] != GRANT_SPENT && grant_take_back_from(gr_state[g]));
      scope = (scope + 1) % SCOPES;
      never(serves);
      scope = gr_scope(g); connection = 1 - connection;
      never(serves);
      connection = gr_connection(g); digest = 1 - digest;
      never(gr_lifetime(g) == ONCE && serves);
      digest = gr_digest(g); in_part = OUTSIDE;
      never(serves);
      in_part = 0; in_entered = 1;
      never(has_effects(scope) && serves);
      in_entered = 0
    }
  }
}

inline deny() {
  pick(c, N);
  if
  :: c < challenges && challenge_deny_from(ch_state[c]) && challenge_deny_may ->
    assert(!ch_expired[c]); /* waiting is not denying */
    assert(ch_state[c] != CHALLENGE_GRANTED);
    ch_state[c] = CHALLENGE_DENIED
  :: else
  fi
}

/* The first question, its token or its grant is over its time; the second may be anything else meanwhile. */
inline time_passes() {
  if
  :: ch_state[0] == CHALLENGE_PENDING -> ch_expired[0] = true; expired = true
  :: tokens > 0 && !id_used[0] -> tok_expired[0] = true; expired = true
  :: gr_state[0] == GRANT_LIVE -> gr_ended[0] = true; expired = true
  :: else
  fi
}

inline revoke() {
  pick(g, N);
  if
  :: grant_revoke_from(gr_state[g]) -> gr_state[g] = GRANT_REVOKED
  :: else
  fi
}

/* A call that the grant is for. What was on disk as spent or revoked stays so, whatever crashed since. */
inline use() {
  pick(g, N);
  s = gr_session(g);
  scope = gr_scope(g); connection = gr_connection(g); digest = gr_digest(g);
  if
  :: serves && durable ->
    assert(log_gr_state[g] == GRANT_LIVE && log_id_used[g]);
    if
    :: gr_lifetime(g) == ONCE ->
      gr_state[g] = GRANT_SPENT;
      log_gr_state[g] = GRANT_SPENT /* written before it is dialled */
    :: else
    fi
  :: else
  fi
}

inline write() {
  log_ch_state[0] = ch_state[0]; log_ch_state[1] = ch_state[1];
  log_id_used[0] = id_used[0]; log_id_used[1] = id_used[1];
  log_gr_state[0] = gr_state[0]; log_gr_state[1] = gr_state[1]
}

/* A broker ends and starts again with what its disk holds. Its turn goes on. */
inline crash() {
  pick(s, SESSIONS);
  crashed = true;
  for (x : 0 .. N - 1) {
    if
    :: x < challenges && ch_session[x] == s ->
      ch_state[x] = log_ch_state[x];
      for (t : 0 .. N - 1) {
        if
        :: t < tokens && tok_challenge[t] == x ->
          gr_state[t] = log_gr_state[t];
          id_used[t] = log_id_used[t]
        :: else
        fi
      }
    :: else
    fi
  }
}

init {
end: /* all has been said, closed and expired */
  do
  :: d_step { challenges > 0 -> wrong_answers(); wrong_tokens(); wrong_calls(); forget }
  :: atomic { turns < TURNS -> open_turn(); forget }
  :: atomic { turn_is_open[0] || turn_is_open[1] -> close_turn(); forget }
  :: atomic { challenges < N && (turn_is_open[0] || turn_is_open[1]) -> ask(); forget }
  :: atomic { challenges > 0 && tokens < N -> approve(); forget }
  :: atomic { tokens > 0 -> redeem(); forget }
  :: atomic { challenges > 0 -> deny(); forget }
  :: atomic { challenges > 0 && !expired -> time_passes(); forget }
  :: atomic { tokens > 0 -> revoke(); forget }
  :: atomic { durable && (gr_state[0] == GRANT_LIVE || gr_state[1] == GRANT_LIVE) -> use(); forget }
  :: atomic { !durable -> write(); forget }
  :: atomic { !durable && !crashed -> crash(); forget }
  od
}
