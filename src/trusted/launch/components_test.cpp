#include "launch/components.hpp"

#include <doctest/doctest.h>

#include "launch/launch_test_world.hpp"
#include "launch/plan_text.hpp"

namespace x1::launch::testing {

TEST_CASE("nats-server runs under x1-init in the bus's namespace, with its own folder alone") {
  CHECK(plan_text(nats_plan(paper_installation(), 50, 60)) ==
        "nats-server as 1879048193\n"
        "run /usr/sbin/nats-server -c /state/nats.conf\n"
        "env LANG=C.UTF-8 HOME=/state\n"
        "init server\n"
        "net joins 50\n"
        "dev\n"
        "proc\n"
        "ro /s/nats /state\n"
        "out 60\n");
}

TEST_CASE("the vault has no network, its own folder, three seams and two public keys") {
  CHECK(plan_text(vault_plan(paper_installation(), VaultEnds{10, 12, 13}, VaultFacts{"DIALER", "API", 7811}, 60)) ==
        "x1-vault as 1879048194\n"
        "run /opt/x1/bin/x1-vault --state /state --supervisor 3 --dialer 4 --ready 5 --dialer-key DIALER "
        "--api-keys API --platform-port 7811\n"
        "env LANG=C.UTF-8\n"
        "net own\n"
        "ro /p/x1-vault /opt/x1/bin/x1-vault\n"
        "rw /s/vault /state\n"
        "fd 10 as 3\n"
        "fd 12 as 4\n"
        "fd 13 as 5\n"
        "out 60\n");
}

TEST_CASE("the dialer has the machine's network and no folder of the state") {
  CHECK(plan_text(dialer_plan(paper_installation(), "x1-dialer", 7, DialerEnds{10, 11, 12}, 60)) ==
        "x1-dialer as 7\n"
        "run /opt/x1/bin/x1-dialer --broker 3 --resolver 4 --ready 5\n"
        "env LANG=C.UTF-8\n"
        "net host\n"
        "ro /p/x1-dialer /opt/x1/bin/x1-dialer\n"
        "fd 10 as 3\n"
        "fd 11 as 4\n"
        "fd 12 as 5\n"
        "out 60\n");
}

TEST_CASE("the API is in the bus's namespace, sees its own folder and public texts, and no offline key") {
  const auto text = plan_text(api_plan(paper_installation(), 50, ApiEnds{10, 11, 12}, 60));
  CHECK(text ==
        "x1-api as 1879048197\n"
        "run /opt/x1/bin/x1-api --state /state --edge 3 --vault 4 --supervisor 5 --manifests /manifests\n"
        "env LANG=C.UTF-8\n"
        "net joins 50\n"
        "ro /p/x1-api /opt/x1/bin/x1-api\n"
        "rw /s/api /state\n"
        "ro /s/manifests /manifests\n"
        "ro /s/keys /keys\n"
        "tmpfs /tmp 64M\n"
        "fd 10 as 3\n"
        "fd 11 as 4\n"
        "fd 12 as 5\n"
        "out 60\n");
  CHECK(text.find("offline") == std::string::npos);
}

TEST_CASE("the edge has no network of its own, no folder, and the two sockets it serves") {
  CHECK(plan_text(edge_plan(paper_installation(), EdgeEnds{10, 11, 12}, 60)) ==
        "x1-edge as 1879048198\n"
        "run /opt/x1/bin/x1-edge --api 3 --listen-tcp 4 --listen-unix 5\n"
        "env LANG=C.UTF-8 X1_OWN_NAME=x1-0a1b2c3d.localhost\n"
        "net own\n"
        "ro /p/x1-edge /opt/x1/bin/x1-edge\n"
        "fd 10 as 3\n"
        "fd 11 as 4\n"
        "fd 12 as 5\n"
        "out 60\n");
}

TEST_CASE("every plan of the platform can be carried out as it stands") {
  const auto at = paper_installation();
  CHECK(sandbox::validate(nats_plan(at, 50, 60)).ok());
  CHECK(sandbox::validate(vault_plan(at, {10, 12, 13}, {"D", "A", 7811}, 60)).ok());
  CHECK(sandbox::validate(dialer_plan(at, "x1-dialer", 7, {10, 11, 12}, 60)).ok());
  CHECK(sandbox::validate(resolver_plan(at, "x1-resolver", 8, 10, 60)).ok());
  CHECK(sandbox::validate(api_plan(at, 50, {10, 11, 12}, 60)).ok());
  CHECK(sandbox::validate(edge_plan(at, {10, 11, 12}, 60)).ok());
}

}  // namespace x1::launch::testing
