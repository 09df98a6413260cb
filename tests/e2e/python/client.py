"""Python's stock gRPC client. usage: client.py TARGET TOKEN DESCRIPTOR_SET

Messages are made from the descriptor set at run time. Prints a line a test.
"""
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TARGET, TOKEN, DESCRIPTORS = sys.argv[1:]
pool = descriptor_pool.DescriptorPool()
with open(DESCRIPTORS, "rb") as file:
    for one in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(one)


def message(type_name, /, **fields):
    descriptor = pool.FindMessageTypeByName(type_name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)(**fields)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)(**fields)


def call(channel, path, request, answer, token=TOKEN):
    method = channel.unary_unary(path, request_serializer=lambda m: m.SerializeToString(),
                                 response_deserializer=type(answer).FromString)
    metadata = (("authorization", "Bearer " + token),) if token else ()
    return method(request, timeout=20, metadata=metadata)


def refused(work):
    try:
        work()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call was not refused")


def reason(error):
    [details] = [v for k, v in error.trailing_metadata() if k == "grpc-status-details-bin"]
    status = message("google.rpc.Status")
    status.ParseFromString(details)
    info = message("google.rpc.ErrorInfo")
    [packed] = [d for d in status.details if d.type_url.endswith("/google.rpc.ErrorInfo")]
    info.ParseFromString(packed.value)
    return info.reason


def health(channel):
    answer = call(channel, "/grpc.health.v1.Health/Check",
                  message("grpc.health.v1.HealthCheckRequest"),
                  message("grpc.health.v1.HealthCheckResponse"), token="")
    assert answer.status == 1, answer


def reflection(channel):
    name = "grpc.reflection.v1.ServerReflection"
    answer = type(message(name + "Response"))
    stream = channel.stream_stream("/" + name + "/ServerReflectionInfo",
                                   request_serializer=lambda m: m.SerializeToString(),
                                   response_deserializer=answer.FromString)
    request = message(name + "Request", list_services="")
    services = [s.name for a in stream(iter([request]), timeout=20)
                for s in a.list_services_response.service]
    assert "zitadel.user.v2.UserService" in services, services


USERS = "/zitadel.user.v2.UserService/"


def life(channel):
    made = call(channel, "/zitadel.org.v2.OrganizationService/AddOrganization",
                message("zitadel.org.v2.AddOrganizationRequest", name="Acme of Python"),
                message("zitadel.org.v2.AddOrganizationResponse"))
    request = message("zitadel.user.v2.CreateUserRequest", organization_id=made.organization_id,
                      username="job-of-python")
    request.machine.name = "A job"
    user = call(channel, USERS + "CreateUser", request,
                message("zitadel.user.v2.CreateUserResponse"))
    read = call(channel, USERS + "GetUserByID",
                message("zitadel.user.v2.GetUserByIDRequest", user_id=user.id),
                message("zitadel.user.v2.GetUserByIDResponse"))
    assert read.user.username == "job-of-python", read
    again = refused(lambda: call(channel, USERS + "CreateUser", request,
                                 message("zitadel.user.v2.CreateUserResponse")))
    assert again.code() == grpc.StatusCode.ALREADY_EXISTS, again
    assert reason(again).startswith("user."), reason(again)


def strangers(channel):
    work = lambda token: lambda: call(channel, USERS + "ListUsers",
                                      message("zitadel.user.v2.ListUsersRequest"),
                                      message("zitadel.user.v2.ListUsersResponse"), token)
    for token in ("", "none"):
        assert refused(work(token)).code() == grpc.StatusCode.UNAUTHENTICATED
    unknown = channel.unary_unary("/zitadel.user.v2.UserService/Nothing")
    assert refused(lambda: unknown(b"", timeout=20)).code() == grpc.StatusCode.UNIMPLEMENTED


TESTS = {
    "health is answered": health,
    "reflection names the services": reflection,
    "an organization and a machine are created and read": life,
    "calls without a token and unknown methods are refused": strangers,
}


def main():
    failed = 0
    with grpc.insecure_channel(TARGET) as channel:
        for name, test in TESTS.items():
            try:
                test(channel)
                print(f"ok Python: {name}")
            except Exception as error:  # Whatever went wrong is the test's result.
                failed += 1
                print(f"not ok Python: {name}: {error!r}".replace("\n", " "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
