// Made from schema/states.toml by tools/states/generate.py: change that, not this.
#include "api/state_triggers.hpp"

namespace x1::api {
namespace {

constexpr std::string_view triggers = R"sql(
DROP TRIGGER IF EXISTS turn_begins;
CREATE TRIGGER turn_begins BEFORE INSERT ON turns WHEN NEW.state <> 'queued'
BEGIN SELECT RAISE(ABORT, 'a turn begins as queued'); END;
DROP TRIGGER IF EXISTS turn_moves;
CREATE TRIGGER turn_moves BEFORE UPDATE OF state ON turns
WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
  ('open', 'closed'),
  ('queued', 'closed'),
  ('queued', 'open'))
BEGIN SELECT RAISE(ABORT, 'a turn does not move so'); END;
DROP TRIGGER IF EXISTS challenge_begins;
CREATE TRIGGER challenge_begins BEFORE INSERT ON challenges WHEN NEW.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'a challenge begins as pending'); END;
DROP TRIGGER IF EXISTS challenge_moves;
CREATE TRIGGER challenge_moves BEFORE UPDATE OF state ON challenges
WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
  ('approved', 'granted'),
  ('approved', 'refused'),
  ('pending', 'approved'),
  ('pending', 'denied'),
  ('pending', 'expired'),
  ('pending', 'granted'),
  ('pending', 'withdrawn'),
  ('refused', 'granted'))
BEGIN SELECT RAISE(ABORT, 'a challenge does not move so'); END;
DROP TRIGGER IF EXISTS grant_begins;
CREATE TRIGGER grant_begins BEFORE INSERT ON grants WHEN NEW.state <> 'live'
BEGIN SELECT RAISE(ABORT, 'a grant begins as live'); END;
DROP TRIGGER IF EXISTS grant_moves;
CREATE TRIGGER grant_moves BEFORE UPDATE OF state ON grants
WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
  ('live', 'revoked'),
  ('live', 'revoking'),
  ('live', 'spent'),
  ('revoking', 'revoked'),
  ('spent', 'revoking'))
BEGIN SELECT RAISE(ABORT, 'a grant does not move so'); END;
)sql";

}  // namespace

std::string_view state_triggers() noexcept { return triggers; }

}  // namespace x1::api
