#include "loading.hpp"
#include "settings/tls_files.hpp"
#include "support/certificates.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace rollcall {
namespace {

using test::minimal;
using test::settings_directory;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TlsSettings : public testing::Test {
protected:
    settings_directory at;
    const test::authority ours;
    const test::identity own = ours.issue("DNS:localhost");

    void SetUp() override
    {
        write_file(at.path() / "c.pem", own.certificate);
        write_file(at.path() / "k.pem", own.key);
        write_file(at.path() / "ca.pem", ours.certificate());
    }
    // Line 7 is where the listener stands.
    static std::string with(const std::string& tls)
    {
        return minimal + "listen: [ { address: \"127.0.0.1:1\", tls: { " + tls + " } } ]\n";
    }
    tls_settings loaded(const std::string& tls)
    {
        const auto all = at.load(with(tls));
        EXPECT_TRUE(all) << to_string(all.error().front());
        return all ? all->listen.front().tls.value_or(tls_settings{}) : tls_settings{};
    }
    std::string fault(const std::string& tls)
    {
        const auto all = at.faults(with(tls));
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? "" : all.front();
    }
};

TEST_F(TlsSettings, AreCertificateAndKey)
{
    const auto tls = loaded("certificate: c.pem, key: k.pem");
    tls_settings expected;
    expected.certificate_file = at.path() / "c.pem";
    expected.key_file = at.path() / "k.pem";
    expected.certificate = own.certificate;
    expected.key = own.key;
    EXPECT_EQ(tls, expected);
    EXPECT_FALSE(at.load(minimal)->listen.front().tls);
}

TEST_F(TlsSettings, TakeTheKeyFromWhereSecretsAre)
{
    EXPECT_EQ(loaded("certificate: c.pem, key: { file: k.pem }").key_file, at.path() / "k.pem");
    at.variables["K"] = own.key;
    const auto from_variable = loaded("certificate: c.pem, key: { env: K }");
    EXPECT_EQ(from_variable.key_file, "");
    EXPECT_EQ(from_variable.key, own.key);
    at.variables["CREDENTIALS_DIRECTORY"] = at.path();
    const auto credential = loaded("certificate: c.pem, key: { credential: k.pem }");
    EXPECT_EQ(credential.key_file, at.path() / "k.pem");
    EXPECT_EQ(credential.key, own.key);
}

TEST_F(TlsSettings, AskClientsWhereAnAuthorityIsGiven)
{
    const std::string pair = "certificate: c.pem, key: k.pem";
    EXPECT_EQ(loaded(pair).clients, client_certificates::none);
    const auto asking = loaded(pair + ", client_ca: ca.pem");
    EXPECT_EQ(asking.clients, client_certificates::require);
    EXPECT_EQ(asking.client_ca, ours.certificate());
    EXPECT_EQ(
        loaded(pair + ", client_ca: ca.pem, client_certificates: request").clients,
        client_certificates::request
    );
    EXPECT_THAT(
        fault(pair + ", client_certificates: require"),
        HasSubstr("f.yaml:7: listen[0].tls.client_certificates: is of no use")
    );
    EXPECT_THAT(
        fault(pair + ", client_ca: k.pem"),
        HasSubstr("f.yaml:7: listen[0].tls.client_ca: names a file without a certificate")
    );
}

TEST_F(TlsSettings, KnowTwoVersions)
{
    const std::string pair = "certificate: c.pem, key: k.pem, minimum_version: ";
    EXPECT_FALSE(loaded(pair + "\"1.2\"").only_1_3);
    EXPECT_TRUE(loaded(pair + "\"1.3\"").only_1_3);
    EXPECT_THAT(fault(pair + "\"1.1\""), HasSubstr("is `1.1`, should be \"1.2\" or \"1.3\""));
    EXPECT_THAT(fault(pair + "1.3"), HasSubstr("in quotation marks"));
}

TEST_F(TlsSettings, NeedBoth)
{
    EXPECT_THAT(fault("certificate: c.pem"), HasSubstr("f.yaml:7: listen[0].tls.key: is missing"));
    EXPECT_THAT(fault("key: k.pem"), HasSubstr("f.yaml:7: listen[0].tls.certificate: is missing"));
}

TEST_F(TlsSettings, SayWhatIsWrongWithTheFiles)
{
    EXPECT_THAT(
        fault("certificate: none.pem, key: k.pem"),
        AllOf(
            HasSubstr("f.yaml:7: listen[0].tls.certificate: names a file that cannot be read"),
            HasSubstr("No such file")
        )
    );
    EXPECT_THAT(
        fault("certificate: c.pem, key: none.pem"),
        HasSubstr("f.yaml:7: listen[0].tls.key: names a file that cannot be read")
    );
    EXPECT_THAT(
        fault("certificate: k.pem, key: k.pem"),
        HasSubstr("listen[0].tls.certificate: names a file without a certificate")
    );
    EXPECT_THAT(
        fault("certificate: c.pem, key: c.pem"),
        HasSubstr("listen[0].tls.key: names no private key that can be read")
    );
    EXPECT_THAT(fault("certificate: ., key: k.pem"), HasSubstr("names what is no regular file"));
    const auto other = ours.issue("DNS:localhost");
    write_file(at.path() / "k.pem", other.key);
    EXPECT_THAT(
        fault("certificate: c.pem, key: k.pem"),
        HasSubstr("listen[0].tls.key: does not belong to the certificate")
    );
    const auto old = ours.issue("DNS:localhost", 3);
    write_file(at.path() / "c.pem", old.certificate);
    write_file(at.path() / "k.pem", old.key);
    EXPECT_THAT(
        fault("certificate: c.pem, key: k.pem"),
        HasSubstr("listen[0].tls.certificate: names a certificate that expired at 20")
    );
}

TEST_F(TlsSettings, NeverShowAKey)
{
    const std::string inlined = "\"-----BEGIN PRIVATE KEY-----hunter2\"";
    const auto all = fault("certificate: c.pem, key: " + inlined);
    EXPECT_THAT(all, AllOf(HasSubstr("is written out here"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(
        fault("certificate: c.pem, key: 77"),
        AllOf(HasSubstr("is written out here"), Not(HasSubstr("77")))
    );
}

TEST_F(TlsSettings, AskWhetherThePairCanBeUsed)
{
    at.checks.tls_fault = [](const tls_settings&) { return std::string{"the key is too small"}; };
    EXPECT_THAT(
        fault("certificate: c.pem, key: k.pem"),
        HasSubstr("f.yaml:7: listen[0].tls: cannot be used: the key is too small")
    );
}

TEST_F(TlsSettings, AreReadAgain)
{
    const auto before = loaded("certificate: c.pem, key: k.pem");
    EXPECT_EQ(*read_tls_files(before, wall_clock()), before);
    const auto next = ours.issue("DNS:localhost");
    write_file(at.path() / "c.pem", next.certificate);
    const auto half = read_tls_files(before, wall_clock());
    ASSERT_FALSE(half);
    ASSERT_EQ(half.error().size(), 1U);
    EXPECT_EQ(half.error().front().setting, "key");
    write_file(at.path() / "k.pem", next.key);
    const auto after = read_tls_files(before, wall_clock());
    ASSERT_TRUE(after);
    EXPECT_EQ(after->certificate, next.certificate);
    EXPECT_EQ(after->key, next.key);
}

TEST_F(TlsSettings, KnowHowLongTheCertificateCounts)
{
    const auto until = expiry_of(own.certificate);
    EXPECT_GT(until, wall_clock() + std::chrono::hours{23});
    EXPECT_LT(until, wall_clock() + std::chrono::hours{25});
    EXPECT_EQ(expiry_of("none"), timestamp{});
}

TEST_F(TlsSettings, CountOnlyInTheirTime)
{
    const auto now = wall_clock();
    auto tls = loaded("certificate: c.pem, key: k.pem");
    const auto early = read_tls_files(tls, now - std::chrono::hours{72});
    ASSERT_FALSE(early);
    EXPECT_THAT(early.error().front().what, HasSubstr("counts only from"));
    EXPECT_TRUE(read_tls_files(tls, now + std::chrono::hours{20}));
    EXPECT_FALSE(read_tls_files(tls, now + std::chrono::hours{26}));
}

}  // namespace
}  // namespace rollcall
