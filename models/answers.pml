/*
 * Answers: one question and its grant, as the API has them and as their broker has them. What each tells the other comes
 * late, twice or never, and the broker crashes as often as it likes. Whose answer counts, and for what, is consent.pml;
 * here everybody answers only what they may, and the states alone keep the two sides from saying what is not so.
 * Checked whole by Spin; tests/models/check.py runs it, and again with each guard taken away.
 *
 * What the states and guards are is schema/states.toml; the part between the marks is generated from it.
 */

/* generated from schema/states.toml */
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
#define challenge_approve_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_redeem_from(state) ((state) == CHALLENGE_PENDING || (state) == CHALLENGE_APPROVED || (state) == CHALLENGE_REFUSED)
#define challenge_decline_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_deny_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_withdraw_from(state) ((state) == CHALLENGE_PENDING)
#define challenge_refuse_from(state) ((state) == CHALLENGE_APPROVED)
#define challenge_expire_from(state) ((state) == CHALLENGE_PENDING)
#define grant_spend_from(state) ((state) == GRANT_LIVE)
#define grant_take_back_from(state) ((state) == GRANT_LIVE || (state) == GRANT_SPENT)
#define grant_revoke_from(state) ((state) == GRANT_LIVE || (state) == GRANT_REVOKING)
/* end of the generated part */

#define NONE 0 /* there is no grant */

/* The API. */
byte api_ch = CHALLENGE_PENDING, api_gr;
bool minted;         /* a yes was given: the token exists, and may come to the broker at any time and any number of times */
bool said_no;        /* the same of a no */
bool unsettled;      /* the outbox still waits for what became of the token */
bool api_ended;      /* people were told that the grant is revoked */

/* The broker: its memory, and what of it is on disk. */
byte ch = CHALLENGE_PENDING, gr;
byte log_ch = CHALLENGE_PENDING, log_gr;
bool once;           /* the grant is good for one request */
bool served_once;    /* and has served it */
bool taken_back;     /* on disk: the grant was revoked */

bool late;           /* the question's time is over */

#define durable (ch == log_ch && gr == log_gr)
#define expires(state) (late && challenge_expire_from(state))

/* What neither side may ever say. */
#define never(condition) assert(!(condition))
inline look() {
  /* A question that was answered, or whose yes is on its way, has not expired: there is no reason to ask again. */
  never(gr != NONE && expires(ch));
  never(ch == CHALLENGE_DENIED && expires(ch));
  never(ch == CHALLENGE_WITHDRAWN && expires(ch));
  never(minted && expires(api_ch));
  never(said_no && expires(api_ch));
  /* A question of which there is a grant is not one that was refused, nor one that nobody answered. */
  never(api_gr != NONE && api_ch != CHALLENGE_GRANTED);
  never(gr != NONE && ch != CHALLENGE_GRANTED);
  /* The grant is what became of it first: used up, or taken back. */
  never(served_once && gr != GRANT_SPENT);
  never(taken_back && gr != GRANT_REVOKED);
  never(api_ended && api_gr != GRANT_REVOKED)
}

inline approve() {
  if
  :: challenge_approve_from(api_ch) ->
    api_ch = CHALLENGE_APPROVED; minted = true; unsettled = true;
    if
    :: once = true
    :: once = false
    fi
  :: else
  fi
}

inline decline() {
  if
  :: challenge_decline_from(api_ch) -> api_ch = CHALLENGE_DENIED; said_no = true
  :: else
  fi
}

/* The broker did not take the token, or the API does not know that it did: the answer was lost, and the token is old. */
inline refuse() {
  unsettled = false;
  if
  :: challenge_refuse_from(api_ch) ->
    assert(minted && api_gr == NONE); /* it is a yes that is refused, and not one that was taken */
    api_ch = CHALLENGE_REFUSED
  :: else
  fi
}

inline redeem() {
  if
  :: !late && challenge_redeem_from(ch) -> ch = CHALLENGE_GRANTED; gr = GRANT_LIVE
  :: else
  fi
}

/* The person's no, or one that the broker says for them: they had everything taken back. */
inline deny() {
  if
  :: !late && challenge_deny_from(ch) -> ch = CHALLENGE_DENIED
  :: else
  fi
}

inline withdraw() {
  if
  :: challenge_withdraw_from(ch) -> ch = CHALLENGE_WITHDRAWN
  :: else
  fi
}

/* The row of it may come when the grant has ended already: from the file, or from a call that was decided on before. */
inline spend() {
  if
  :: once && grant_spend_from(gr) ->
    gr = GRANT_SPENT;
    log_gr = GRANT_SPENT; /* written before it is dialled */
    served_once = true
  :: else
  fi
}

/* By the API's word, by a row of the file, or with the key that signed the consent. */
inline revoke() {
  if
  :: grant_revoke_from(gr) -> gr = GRANT_REVOKED
  :: else
  fi
}

inline take_back() {
  if
  :: grant_take_back_from(api_gr) -> api_gr = GRANT_REVOKING
  :: else
  fi
}

/* The API hears what is on the broker's disk. */
inline hear_granted() {
  if
  :: api_gr == NONE ->
    assert(minted && challenge_redeem_from(api_ch));
    api_ch = CHALLENGE_GRANTED; api_gr = GRANT_LIVE
  :: else /* it is told again */
  fi
}

inline hear_denied() {
  if
  :: api_ch == CHALLENGE_DENIED || api_ch == CHALLENGE_REFUSED /* it has said so itself, or is told again */
  :: else ->
    if
    :: challenge_refuse_from(api_ch) -> refuse()
    :: else ->
      assert(challenge_deny_from(api_ch));
      api_ch = CHALLENGE_DENIED
    fi
  fi
}

inline hear_spent() {
  if
  :: grant_spend_from(api_gr) -> api_gr = GRANT_SPENT
  :: else /* people took it back meanwhile */
  fi
}

/* Told of one that was spent, too: it serves nothing any more. */
inline hear_revoked() {
  if
  :: grant_revoke_from(api_gr) -> api_gr = GRANT_REVOKED; api_ended = true
  :: else
  fi
}

inline write() {
  log_ch = ch; log_gr = gr;
  taken_back = (gr == GRANT_REVOKED -> true : taken_back)
}

init {
end:
  do
  :: d_step { look() }
  :: atomic { !minted -> approve() }
  :: atomic { !said_no -> decline() }
  :: atomic { unsettled -> refuse() }
  :: atomic { minted -> redeem() }
  :: atomic { true -> deny() }
  :: atomic { true -> withdraw() }
  :: atomic { gr != NONE && durable -> spend() }
  :: atomic { gr != NONE -> revoke() }
  :: atomic { api_gr != NONE -> take_back() }
  :: atomic { log_gr != NONE -> hear_granted() }
  :: atomic { log_ch == CHALLENGE_DENIED -> hear_denied() }
  :: atomic { api_gr != NONE && log_gr == GRANT_SPENT -> hear_spent() }
  :: atomic { api_gr != NONE && (log_gr == GRANT_REVOKED || log_gr == GRANT_SPENT) -> hear_revoked() }
  :: atomic { !durable -> write() }
  :: atomic { !durable -> ch = log_ch; gr = log_gr } /* a crash: what was not written is forgotten */
  :: atomic { !late -> late = true }
  od
}
