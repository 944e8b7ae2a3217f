#include "nats/credentials.hpp"

#include <cstring>

#include "wire/nkey.hpp"

namespace x1::nats {

base::Result<Credentials> Credentials::parse(std::string_view creds) {
  X1_TRY(found, wire::nkey::credentials_in(base::as_bytes(creds)));
  return Credentials(
      std::make_unique<Text>(Text{std::string(base::as_text(found.jwt)), std::string(base::as_text(found.seed))}));
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
