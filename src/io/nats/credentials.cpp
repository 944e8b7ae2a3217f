#include "nats/credentials.hpp"

#include <cstring>

namespace x1::nats {
namespace {

// The line between "-----BEGIN <what>-----" and its end.
std::string block(std::string_view creds, std::string_view what) {
  const auto begin = creds.find("-----BEGIN " + std::string(what) + "-----\n");
  if (begin == std::string_view::npos) return "";
  const auto start = creds.find('\n', begin) + 1;
  const auto end = creds.find('\n', start);
  return end == std::string_view::npos ? "" : std::string(creds.substr(start, end - start));
}

}  // namespace

base::Result<Credentials> Credentials::parse(std::string_view creds) {
  auto text = std::make_unique<Text>(Text{block(creds, "NATS USER JWT"), block(creds, "USER NKEY SEED")});
  if (text->jwt.empty() || text->seed.empty()) {
    return base::Error{base::Code::invalid_token, "The bus credentials have no JWT or no seed.", ""};
  }
  return Credentials(std::move(text));
}

Credentials Credentials::renewed(std::string jwt) const {
  return Credentials(std::make_unique<Text>(Text{std::move(jwt), text_->seed}));
}

void Credentials::use_for(natsOptions* options) const {
  const natsUserJWTHandler jwt = [](char** out, char**, void* closure) {
    *out = ::strdup(static_cast<Text*>(closure)->jwt.c_str());  // libnats frees it
    return *out == nullptr ? NATS_NO_MEMORY : NATS_OK;
  };
  const natsSignatureHandler sign = [](char**, unsigned char** signature, int* length, const char* nonce,
                                       void* closure) {
    return nats_Sign(static_cast<Text*>(closure)->seed.c_str(), nonce, signature, length);
  };
  natsOptions_SetUserCredentialsCallbacks(options, jwt, text_.get(), sign, text_.get());
}

}  // namespace x1::nats
