// The gRPC project's TestService as its interoperability page describes it
// (grpc/grpc doc/interop-test-descriptions.md): a test double of nothing, the real server side that
// foreign clients prove the protocols against.
#ifndef MUNIMENT_TESTS_INTEROP_TEST_SERVICE_H_
#define MUNIMENT_TESTS_INTEROP_TEST_SERVICE_H_

#include <memory>

#include "gateway/rpc/dispatcher.h"

namespace muniment::interop {

std::shared_ptr<rpc::Dispatcher> NewTestService();

}  // namespace muniment::interop

#endif  // MUNIMENT_TESTS_INTEROP_TEST_SERVICE_H_
