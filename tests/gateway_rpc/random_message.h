// Messages of any type filled at random through reflection, the same for the same seed; what is
// well-known is given values that have a JSON form.
#ifndef MUNIMENT_TESTS_GATEWAY_RPC_RANDOM_MESSAGE_H_
#define MUNIMENT_TESTS_GATEWAY_RPC_RANDOM_MESSAGE_H_

#include <google/protobuf/message.h>

#include <random>

namespace muniment::rpc {

void Randomize(std::mt19937_64& random, int depth, google::protobuf::Message& message);

}  // namespace muniment::rpc

#endif  // MUNIMENT_TESTS_GATEWAY_RPC_RANDOM_MESSAGE_H_
