// How people write limits, and how their answers with limits are read.
#include "cli/limits_text.hpp"

#include <doctest/doctest.h>

#include "cli/options.hpp"
#include "cli/question.hpp"

using namespace x1;
using namespace x1::cli;
using policy::Limits;

TEST_CASE("a size is a number with a unit, and nothing else is one") {
  CHECK(size_from("500") == 500);
  CHECK(size_from("20kB") == 20'000);
  CHECK(size_from("2mb") == 2'000'000);
  CHECK(size_from("64KiB") == 65'536);
  CHECK(size_from("1GiB") == std::uint64_t{1} << 30);
  CHECK(size_from("1099511627776") == policy::max_limit_bytes);
  for (const auto* wrong :
       {"", "0", "-1", "kB", "1.5MB", "2 MB", "1099511627777", "1025GiB", "99999999999999999999", "2TB"})
    CHECK_MESSAGE(!size_from(wrong), wrong);
  CHECK(size_text(500) == "500 bytes");
  CHECK(size_text(2'000'000) == "2000 kB");
  CHECK(size_text(20'000'000) == "20 MB");
  CHECK(size_text(20'000'001) == "21 MB");
}

TEST_CASE("an answer takes limits behind turn, session and an end, and nowhere else") {
  const base::TimePoint now = base::from_unix_seconds(1'795'550'000);
  const auto limits_of = [&](std::string_view line) {
    const auto answer = answer_from(line, now);
    return answer ? answer->limits : std::optional<Limits>();
  };
  CHECK(limits_of("s --uses 5") == Limits{5, {}});
  CHECK(limits_of("turn --bytes 2MB") == Limits{{}, 2'000'000});
  CHECK(limits_of(" SESSION  --bytes 1kB   --uses 1 ") == Limits{1, 1'000});
  CHECK(limits_of("until 2h --uses 3") == Limits{3, {}});
  CHECK(answer_from("u 2h --uses 3", now)->until == now + std::chrono::hours(2));
  for (const auto* wrong : {"once --uses 5", "n --uses 5", "d --uses 5", "s --uses", "s --uses 0", "s --uses 5kB",
                            "s --uses 1000001", "s 5", "s --bytes", "s --bytes x", "s --uses 5 --uses 6", "s --count 5",
                            "s uses 5", "until --uses 5", "u 2h 5"})
    CHECK_MESSAGE(!answer_from(wrong, now), wrong);
  CHECK_FALSE(answer_from("s", now)->limits);
  CHECK(outcome_of(*answer_from("s --uses 1 --bytes 20MB", now)) == "allowed: session, for 1 call and 20 MB");
  CHECK(answer_from("d", now) == Answer{Choice::deny, std::nullopt});
  CHECK(answer_from("deny", now)->choice == Choice::deny);
  CHECK(outcome_of(*answer_from("deny", now)) == "not allowed, and not asked again in this session");
}

namespace {

template <class What>
const What* read(const CommandLine& line) {
  return std::get_if<What>(&line.command);
}

}  // namespace

TEST_CASE("x1 approve, grants and kill take what fits together, and say what does not") {
  const auto approve = read_command_line({"approve", "q", "--for-session", "--uses", "5", "--bytes", "2MB"});
  REQUIRE(read<Approve>(approve) != nullptr);
  CHECK(read<Approve>(approve)->answer + read<Approve>(approve)->limits == "session --uses 5 --bytes 2MB");
  const auto never = read_command_line({"approve", "q", "--deny-for-session"});
  CHECK(read<Approve>(never)->answer == "deny");
  const auto all = read_command_line({"grants", "s1", "--revoke-all", "--scope", "calendar.read", "--everybody"});
  REQUIRE(read<Grants>(all) != nullptr);
  CHECK(read<Grants>(all)->revoke_all);
  CHECK(read<Grants>(all)->everybody);
  CHECK(read<Grants>(read_command_line({"grants", "--revoke-all"}))->session.empty());
  CHECK(read<Grants>(read_command_line({"grants", "s1", "--lift", "c1"}))->lift == "c1");
  CHECK(read<Kill>(read_command_line({"kill", "s1"}))->session == "s1");
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"approve", "q", "--once", "--uses", "5"},
                                                                 {"approve", "q", "--deny", "--bytes", "5"},
                                                                 {"approve", "q", "--deny", "--deny-for-session"},
                                                                 {"grants", "--revoke-all", "--everybody"},
                                                                 {"grants", "s1", "--scope", "calendar.read"},
                                                                 {"grants", "s1", "--revoke-all", "--revoke", "g1"},
                                                                 {"grants", "--lift", "c1"},
                                                                 {"kill"}}) {
    CHECK_MESSAGE(read<Print>(read_command_line(wrong)) != nullptr, wrong.back());
  }
}
