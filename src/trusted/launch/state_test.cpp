// What lies in the state folder: made once, kept ever after, within bounds.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>

#include "launch/api_keys.hpp"
#include "launch/back_off.hpp"
#include "launch/bus_keys.hpp"
#include "launch/core.hpp"
#include "launch/first_start.hpp"
#include "launch/lock.hpp"
#include "launch/log_file.hpp"
#include "launch/manifests.hpp"
#include "launch/own_name.hpp"
#include "launch/session_record.hpp"
#include "os/file.hpp"

namespace x1::launch {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "x1-state-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  fs::path path;
};

// The folders of bus_keys.hpp, all our own: needs no privilege.
Layout layout_in(const Folder& folder) {
  const Layout layout(folder.path.string());
  for (const auto& path : {layout.offline(), layout.keys(), layout.nats(), layout.api()})
    fs::create_directory(path);
  return layout;
}

std::string text_of(const std::string& path) {
  const auto text = os::read_file(path);
  return text.ok() ? *text : "(none)";
}

const auto start = base::from_unix_seconds(1'790'000'000);

}  // namespace

TEST_CASE("keys are made once: a second start finds every byte as it was") {
  const Folder folder;
  const auto layout = layout_in(folder);
  REQUIRE(make_bus_keys(layout, start).ok());
  REQUIRE(settle_api_keys(layout, start).ok());
  std::vector<std::string> before;
  const std::vector<std::string> files{layout.operator_seed(), layout.account_seed(), layout.api_bus(),
                                       layout.api_seed(), layout.api_keys()};
  for (const auto& file : files)
    before.push_back(text_of(file));
  REQUIRE(make_bus_keys(layout, start + std::chrono::hours(1)).ok());
  REQUIRE(settle_api_keys(layout, start + std::chrono::hours(1)).ok());
  for (std::size_t i = 0; i < files.size(); ++i)
    CHECK(text_of(files[i]) == before[i]);
}

TEST_CASE("F1: a rotation that was cut short at any step is put in order by the next start") {
  const Folder folder;
  const auto layout = layout_in(folder);
  const auto first = settle_api_keys(layout, start).value();
  REQUIRE(first.keys.size() == 1);
  const auto next = crypto::SigningKey::generate().value();
  const auto both = policy::with_next(first, next.public_key(), start).value();
  const auto later = start + std::chrono::hours(1);

  // Known to everybody, and the API still signs with the first.
  REQUIRE(keep_api_keys(layout, both).ok());
  const auto back = settle_api_keys(layout, later).value();
  CHECK(back.keys == first.keys);
  CHECK(back.number > both.number);
  CHECK(read_api_keys(layout.api_keys()).value() == back);

  // The API signs with the next, and nobody has heard that the first is retired.
  REQUIRE(keep_api_keys(layout, both).ok());
  const auto seed = next.seed().value();
  REQUIRE(os::write_file(layout.api_seed(), base::as_text(seed.expose())).ok());
  const auto followed = settle_api_keys(layout, later).value();
  CHECK(followed.keys[0].retired == later);
  CHECK_FALSE(followed.keys[1].retired);
  CHECK(settle_api_keys(layout, later + std::chrono::hours(1)).value() == followed);
  const auto text = crypto::to_text(first.keys[0].key);
  CHECK(keys_for_session(layout, later).value().find(text) == std::string::npos);
  CHECK(keys_for_session(layout, start).value().find(text) != std::string::npos);
  CHECK(keys_for_vault(layout).value().find(text) != std::string::npos);
}

TEST_CASE("F1: a key that the API has made for itself is believed by nobody: the start says so") {
  const Folder folder;
  const auto layout = layout_in(folder);
  const auto first = settle_api_keys(layout, start).value();
  const auto own = crypto::SigningKey::generate().value();
  const auto seed = own.seed().value();
  REQUIRE(os::write_file(layout.api_seed(), base::as_text(seed.expose())).ok());
  CHECK(settle_api_keys(layout, start).error().code == base::Code::storage_failed);
  fs::remove(layout.api_seed());
  CHECK(settle_api_keys(layout, start).error().code == base::Code::storage_failed);
  // Nor does it lead the supervisor elsewhere, or have it wait.
  fs::remove(layout.api_seed());
  fs::create_symlink(layout.operator_seed(), layout.api_seed());
  CHECK(settle_api_keys(layout, start).error().code == base::Code::storage_failed);
  fs::remove(layout.api_seed());
  REQUIRE(::mkfifo(layout.api_seed().c_str(), 0600) == 0);
  CHECK(settle_api_keys(layout, start).error().code == base::Code::storage_failed);
  CHECK(read_api_keys(layout.api_keys()).value() == first);
}

TEST_CASE("a first start that was cut short goes on with the keys that are there") {
  const Folder folder;
  const auto layout = layout_in(folder);
  REQUIRE(make_bus_keys(layout, start).ok());
  const auto bus = text_of(layout.api_bus());
  fs::remove(layout.nats_settings());
  REQUIRE(make_bus_keys(layout, start).ok());
  CHECK(text_of(layout.api_bus()) == bus);
  CHECK(text_of(layout.nats_settings()).find("resolver_preload") != std::string::npos);
}

TEST_CASE("the bus's settings are those of the program that starts it, not of the one that began the state") {
  const Folder folder;
  const auto layout = layout_in(folder);
  REQUIRE(make_bus_keys(layout, start).ok());
  const auto settings = text_of(layout.nats_settings());
  CHECK(settings.find("authorization: { timeout: 20 }") != std::string::npos);
  REQUIRE(os::write_file(layout.nats_settings(), "authorization: { timeout: 2 }\n", 0600).ok());
  REQUIRE(make_bus_keys(layout, start).ok());
  CHECK(text_of(layout.nats_settings()) == settings);
}

TEST_CASE("the platform's own name is random, made once, and nobody else's to read") {
  const Folder folder;
  const Layout layout(folder.path.string());
  const auto name = load_or_make_own_name(layout);
  REQUIRE(name.ok());
  CHECK(name->size() == std::string_view("x1-0a1b2c3d4e5f6071.localhost").size());
  CHECK(name->starts_with("x1-"));
  CHECK(name->ends_with(".localhost"));
  CHECK(load_or_make_own_name(layout).value() == *name);
  struct stat facts{};
  REQUIRE(::stat(layout.own_name().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  const Folder another;
  CHECK(load_or_make_own_name(Layout(another.path.string())).value() != *name);
  for (const auto* wrong : {"", "localhost", "x1-0a1b2c3d.localhost", "x1-0A1B2C3D4E5F6071.localhost",
                            "x1-0a1b2c3d4e5f6071.example.org", "x1-0a1b2c3d4e5f6071.localhosts"}) {
    REQUIRE(os::write_file(layout.own_name(), wrong).ok());
    CHECK(load_or_make_own_name(layout).error().code == base::Code::storage_failed);
  }
}

TEST_CASE("nats.conf and the API's folder hold no operator or account seed, and no file is readable by others") {
  const Folder folder;
  const auto layout = layout_in(folder);
  REQUIRE(make_bus_keys(layout, start).ok());
  for (const auto& secret : {text_of(layout.operator_seed()), text_of(layout.account_seed())}) {
    CHECK(text_of(layout.nats_settings()).find(secret) == std::string::npos);
    CHECK(text_of(layout.api_bus()).find(secret) == std::string::npos);
  }
  for (const auto& file : {layout.operator_seed(), layout.account_seed(), layout.api_bus(), layout.nats_settings()}) {
    struct stat facts{};
    REQUIRE(::stat(file.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a damaged key stops the start instead of being made anew") {
  const Folder folder;
  const auto layout = layout_in(folder);
  REQUIRE(make_bus_keys(layout, start).ok());
  REQUIRE(os::write_file(layout.account_seed(), "SAnonsense").ok());
  CHECK_FALSE(make_bus_keys(layout, start).ok());
}

TEST_CASE("every folder is its owner's alone, and offline is nobody else's") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root may give folders away");
    return;
  }
  const Folder folder;
  const Layout layout((folder.path / "state").string());
  const OutsideIds ids(sandbox::Ids{.first_free = 1, .count = 65536, .is_machine_root = true});
  REQUIRE(make_state_folder(layout).ok());
  REQUIRE(first_start(layout, ids, X1_SOURCE_DIR "/src/untrusted/providers", start).ok());
  REQUIRE(first_start(layout, ids, X1_SOURCE_DIR "/src/untrusted/providers", start).ok());
  const auto facts_of = [](const std::string& path) {
    struct stat facts{};
    REQUIRE(::lstat(path.c_str(), &facts) == 0);
    return facts;
  };
  for (const auto& [path, seat] : {std::pair(layout.nats(), Seat::nats), std::pair(layout.vault(), Seat::vault),
                                   std::pair(layout.api(), Seat::api)}) {
    CHECK(facts_of(path).st_uid == ids.of(seat));
    CHECK((facts_of(path).st_mode & 0777) == 0700);
  }
  CHECK(facts_of(layout.offline()).st_uid == 0);
  CHECK((facts_of(layout.offline()).st_mode & 0777) == 0700);
  CHECK((facts_of(layout.run()).st_mode & 0777) == 0700);
  CHECK(facts_of(layout.api_seed()).st_uid == ids.of(Seat::api));
  CHECK(text_of(layout.manifests() + "/calendar.json").find("calendar_list_events") != std::string::npos);
}

TEST_CASE("a manifest that does not read stops the start and names its file") {
  const Folder folder;
  fs::create_directories(folder.path / "in/bad");
  fs::create_directory(folder.path / "out");
  REQUIRE(os::write_file((folder.path / "in/bad/manifest.yaml").string(), "domain: [\n").ok());
  const auto written = write_manifests((folder.path / "in").string(), (folder.path / "out").string());
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().message.find("bad/manifest.yaml") != std::string::npos);
}

TEST_CASE("a log never grows beyond its limit, and keeps one older file") {
  const Folder folder;
  const auto path = (folder.path / "x.log").string();
  auto log = LogFile::open(path, 100);
  REQUIRE(log.ok());
  for (int i = 0; i < 50; ++i)
    log->append("0123456789\n");
  CHECK(fs::file_size(path) <= 100);
  CHECK(fs::file_size(path + ".1") <= 100);
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 2);
}

TEST_CASE("one holder of the lock at a time; it is free again when the holder's descriptor closes") {
  const Folder folder;
  const Layout layout(folder.path.string());
  {
    const auto first = take_lock(layout);
    REQUIRE(first.ok());
    CHECK(first->has_value());
    const auto second = take_lock(layout);
    REQUIRE(second.ok());
    CHECK_FALSE(second->has_value());
  }
  const auto third = take_lock(layout);
  REQUIRE(third.ok());
  CHECK(third->has_value());
}

TEST_CASE("a group is restarted five times in a minute and no more, and again when the minute is over") {
  RestartBound bound;
  const std::chrono::steady_clock::time_point now{};
  for (int i = 0; i < 5; ++i)
    CHECK(bound.allow(now + std::chrono::seconds(i)));
  CHECK_FALSE(bound.allow(now + std::chrono::seconds(10)));
  CHECK(bound.allow(now + std::chrono::seconds(65)));
}

TEST_CASE("a provider that does not last is started again later each time, one that did at once") {
  BackOff back_off;
  const std::chrono::steady_clock::time_point began{};
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 9; ++i)
    waits.push_back(back_off.next(began, began + std::chrono::seconds(59)).count());
  CHECK(waits == std::vector<std::int64_t>{0, 1, 2, 4, 8, 16, 32, 60, 60});
  CHECK(back_off.next(began, began + std::chrono::seconds(60)).count() == 0);
  CHECK(back_off.next(began, began).count() == 1);
}

TEST_CASE("what is remembered of a session's folder keeps any bytes of its name") {
  const Folder folder;
  const SessionLayout at{folder.path.string()};
  const SessionRecord record{.folder = "/home/ada/\xff\xfe weird", .agent_uid = 4294967294};
  REQUIRE(write_record(at, record).ok());
  const auto back = read_record(at);
  REQUIRE(back.ok());
  CHECK(*back == record);
}

}  // namespace x1::launch
