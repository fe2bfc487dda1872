#pragma once

#include "simulator/performance.hpp"
#include "simulator/truth.hpp"
#include "verifier/verifier.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::test {

/// What happened, and what a relay without a fault would have published of it.
struct ideal {
    simulator::truth truth;
    published found;
};

/// A small world, every event of it delivered and acknowledged.
ideal make_ideal();

/// A record's header, made or changed. Nothing removes it.
void set_header(
    console_record& of, const std::string& name, const std::optional<std::string>& content
);

}  // namespace rollcall::test
