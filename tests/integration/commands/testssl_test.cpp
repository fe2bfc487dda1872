// What testssl.sh, which others trust to judge servers, says about a listener of the daemon.
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/ports.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <map>
#include <string>

namespace rollcall::test {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

struct finding {
    std::string severity;
    std::string words;
};

bool listens(const std::string& address)
{
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket{io};
    boost::system::error_code ec;
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket.connect({boost::asio::ip::address_v4::loopback(), port}, ec);
    return !ec;
}

// What testssl.sh says, by the name of the check.
std::map<std::string, finding> judged(const std::string& address, const std::string& file)
{
    // Protocols, ciphers and known attacks; not the certificate, which is the test's own.
    const auto done =
        run("testssl",
            {"--warnings",
             "off",
             "--color",
             "0",
             "-p",
             "-s",
             "-f",
             "-U",
             "--jsonfile=" + file,
             address},
            {},
            milliseconds{110'000});
    rapidjson::Document all;
    all.Parse(read_file(file));
    std::map<std::string, finding> by_name;
    if (!all.IsArray()) {
        ADD_FAILURE() << done.out << done.err;
        return by_name;
    }
    for (const auto& one : all.GetArray())
        by_name[one["id"].GetString()] = {one["severity"].GetString(), one["finding"].GetString()};
    return by_name;
}

TEST(Testssl, FindsNothing)
{
    const temp_dir directory;
    const auto file = [&directory](const char* name) { return directory.path() / name; };
    const auto own = authority{}.issue("DNS:localhost,IP:127.0.0.1");
    write_file(file("tls.crt"), own.certificate);
    write_file(file("tls.key"), own.key);
    write_file(file("secret"), "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=");
    const auto address = free_address();
    // Kafka is nowhere: webhooks are taken all the same.
    write_file(
        file("rollcall.yaml"),
        "kafka: { bootstrap_servers: \"127.0.0.1:1\" }\nlisten: [ { address: \"" + address +
            "\", tls: { certificate: tls.crt, key: tls.key } } ]\nops: { address: \"" +
            free_address() + "\" }\nspool: { directory: " + file("spool").string() +
            " }\nsources: { a: { provider: attendee, webhook: { secrets: [ { file: secret } ] } } "
            "}\n"
    );
    process daemon{process::options{
        .program = ROLLCALL_EXECUTABLE,
        .arguments = {"serve", "--config", file("rollcall.yaml")},
        .environment = {},
        .standard_output = output::discarded(),
        .standard_error = output::to_file(file("log"))}};
    ASSERT_TRUE(eventually(30s, [&] { return listens(address); })) << read_file(file("log"));

    const auto all = judged(address, file("judged.json"));
    EXPECT_EQ(all.at("TLS1_2").words, "offered");
    EXPECT_THAT(all.at("TLS1_3").words, StartsWith("offered"));
    EXPECT_EQ(all.at("TLS1_1").words, "not offered");
    // As 3.2 names it, and 3.0.
    const auto* secrecy = all.contains("FS") ? "FS" : "PFS";
    EXPECT_EQ(all.at(secrecy).words, "offered");
    std::string found;
    for (const auto& [name, one] : all)
        if (one.severity != "OK" && one.severity != "INFO" && name != "engine_problem")
            found += one.severity + " " + name + ": " + one.words + "\n";
    EXPECT_EQ(found, "");
    EXPECT_EQ(daemon.stop(30s), (exit_status{0, 0}));
}

}  // namespace
}  // namespace rollcall::test
