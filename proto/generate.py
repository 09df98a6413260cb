"""Writes C++ that follows from the descriptors, so that nobody repeats them by hand.

  generate.py visitors DESCRIPTORS OPTIONS_DIR OUT_DIR
      For every file with a muniment.stream message, <file>.visit.h: Visit, SetKind, StreamTraits.
  generate.py handlers DESCRIPTORS OPTIONS_DIR OUT_FILE --folder command --namespace ... FILES...
      The dispatch table of a folder: an entry for each published method that has a rule and whose
      file <aggregate>/<verb_noun>.cc is among FILES. A method that is another's twin
      (muniment/binding_options.proto) has the other's file and function.
  generate.py served DESCRIPTORS OPTIONS_DIR OUT_FILE FILES...
      One line for each published method with a rule: its name, a tab, and "served", "unserved
      <what it waits for>" or "missing".

OPTIONS_DIR holds muniment/options_pb2.py and binding_options_pb2.py. A file is only touched when its
text changes.
"""

import argparse
import os
import re
import sys
import types

sys.dont_write_bytecode = True


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        with open(path) as old:
            if old.read() == text:
                return
    with open(path, "w") as new:
        new.write(text)


def cpp_name(full_name):
    return "::" + full_name.lstrip(".").replace(".", "::")


def camel(field):
    return "".join(word[:1].upper() + word[1:] for word in field.split("_"))


def guard(path):
    return "MUNIMENT_GENERATED_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"


# ------------------------------------------------------------------ visitors


def stream_visitor(package, message, options, aggregates):
    stream = message.options.Extensions[options.stream]
    kinds = [f for f in message.field if f.HasField("oneof_index")]
    name = message.name
    lines = [f"namespace {package.replace('.', '::')} {{", ""]
    lines += [
        f"// Calls `visit` with the one kind that `event` holds.",
        "template <class F>",
        f"decltype(auto) Visit(const {name}& event, F&& visit) {{",
        "  switch (event.kind_case()) {",
    ]
    for f in kinds:
        lines += [f"    case {name}::k{camel(f.name)}:", f"      return visit(event.{f.name}());"]
    lines += [
        f"    case {name}::KIND_NOT_SET:",
        "      break;",
        "  }",
        "  std::abort();  // the codec refuses an event without a kind that it knows",
        "}",
        "",
    ]
    for f in kinds:
        kind = cpp_name(f.type_name)
        lines += [
            f"inline void SetKind({name}& event, {kind} kind) {{",
            f"  *event.mutable_{f.name}() = std::move(kind);",
            "}",
        ]
    owners = ", ".join("::muniment::" + aggregates[a] for a in stream.aggregate)
    lines += [
        "",
        f"}}  // namespace {package.replace('.', '::')}",
        "",
        "template <>",
        f"struct muniment::StreamTraits<{cpp_name(package)}::{name}> {{",
        f"  static constexpr uint32_t kNumber = {stream.number};",
        f"  static constexpr std::array<::muniment::Aggregate, {len(stream.aggregate)}> kAggregates = {{",
        f"      {owners}}};",
        "  using Kinds = ::muniment::Kinds<",
        "      " + ",\n      ".join(cpp_name(f.type_name) for f in kinds) + ">;",
        "};",
        "",
    ]
    return lines


def visitors(files, options, args):
    aggregates = {v.number: v.name for v in options.Aggregate.DESCRIPTOR.values}
    for file in files:
        streams = [m for m in file.message_type if m.options.HasExtension(options.stream)]
        if not file.name.startswith("muniment/event/"):
            continue
        stem = file.name[: -len(".proto")]
        path = stem + ".visit.h"
        lines = [
            f"// Generated from {file.name}.",
            f"#ifndef {guard(path)}",
            f"#define {guard(path)}",
            "",
            "#include <array>",
            "#include <cstdint>",
            "#include <cstdlib>",
            "#include <utility>",
            "",
            '#include "base/stream.h"',
            f'#include "{stem}.pb.h"',
            "",
        ]
        for message in streams:
            lines += stream_visitor(file.package, message, options, aggregates)
        lines += [f"#endif  // {guard(path)}", ""]
        write(os.path.join(args.out, path), "\n".join(lines))


# ------------------------------------------------------------------ handlers


def snake(name):
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z0-9])([A-Z][a-z])", r"\1_\2", name).lower()


def methods(files, options):
    """Of every published method with a rule, in order of name: its name, itself, and the file and
    method that decide, which are a twin's or its own."""
    declared = {}
    for file in files:
        for service in file.service:
            for method in service.method:
                declared[f"{file.package}.{service.name}/{method.name}"] = (file, method)
    found = []
    for full, (file, method) in declared.items():
        if method.options.HasExtension(options.binds):
            twin = method.options.Extensions[options.binds].method
            found.append((full, method) + declared[twin])
        elif method.options.HasExtension(options.rule):
            found.append((full, method, file, method))
    return sorted(found, key=lambda entry: entry[0])


def handler_file(file, method):
    """zitadel.user.v2's AddHumanUser stands in user/add_human_user.cc."""
    words = [w for w in file.package.split(".") if not re.fullmatch(r"v\d+\w*", w)]
    return f"{words[-1]}/{snake(method.name)}.cc"


def proto_of(files):
    """Which file declares each top-level message."""
    return {f".{f.package}.{m.name}": f.name for f in files for m in f.message_type}


def include_of(type_name, declared):
    while type_name not in declared:
        type_name = type_name.rpartition(".")[0]
    return declared[type_name][: -len(".proto")] + ".pb.h"


def handlers(files, options, args):
    present = {os.path.join(*path.split(os.sep)[-2:]) for path in args.files}
    declared = proto_of(files)
    includes, declarations, entries = set(), [], []
    for full, method, file, decides in methods(files, options):
        if method.options.Extensions[options.unserved_method]:
            continue
        if handler_file(file, decides) not in present:
            continue
        request, response = cpp_name(decides.input_type), cpp_name(decides.output_type)
        includes |= {include_of(t, declared) for t in (decides.input_type, decides.output_type)}
        if decides is method:
            declarations += [
                f"absl::StatusOr<{response}> {method.name}(",
                f"    {args.parameter}, const {request}&);",
            ]
        entries += [f"      MakeHandler<{request}, {response}>(\"{full}\", &{decides.name}),"]
    lines = [f"// Generated: the methods that stand in {args.folder}/."]
    lines += [f'#include "{args.folder}/handler.h"', ""]
    lines += [f'#include "{path}"' for path in sorted(includes)]
    lines += ["", f"namespace {args.namespace} {{", ""] + declarations + [""]
    lines += ["const std::vector<Handler>& Handlers() {"]
    lines += ["  static const auto* const table = new std::vector<Handler>{"]
    lines += entries + ["  };", "  return *table;", "}", "", f"}}  // namespace {args.namespace}", ""]
    write(args.out, "\n".join(lines))


def served(files, options, args):
    present = {os.path.join(*path.split(os.sep)[-2:]) for path in args.files}
    lines = []
    for full, method, file, decides in methods(files, options):
        waits = method.options.Extensions[options.unserved_method]
        if waits:
            lines.append(f"{full}\tunserved {waits}")
        else:
            there = handler_file(file, decides) in present
            lines.append(f"{full}\t{'served' if there else 'missing'}")
    write(args.out, "\n".join(lines) + "\n")
    count = sum(line.endswith("\tserved") for line in lines)
    print(f"served {count} of {len(lines)} declared methods")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["visitors", "handlers", "served"])
    parser.add_argument("descriptors")
    parser.add_argument("options_dir")
    parser.add_argument("out")
    parser.add_argument("--folder")
    parser.add_argument("--namespace")
    parser.add_argument("--parameter")
    parser.add_argument("files", nargs="*")
    args = parser.parse_intermixed_args()
    sys.path.insert(0, args.options_dir)
    from google.protobuf import descriptor_pb2
    from muniment import binding_options_pb2, options_pb2  # before anything is parsed

    with open(args.descriptors, "rb") as stored:
        files = descriptor_pb2.FileDescriptorSet.FromString(stored.read()).file
    options = types.SimpleNamespace(**vars(options_pb2), binds=binding_options_pb2.binds)
    {"visitors": visitors, "handlers": handlers, "served": served}[args.what](files, options, args)


if __name__ == "__main__":
    main()
