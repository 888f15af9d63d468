#include "operator/kube/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "operator/kube/base64.h"

namespace rewindmq::kube {
namespace {

using testing::HasSubstr;

constexpr char kPem[] = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
constexpr char kPemBase64[] =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    char name[] = "/tmp/rewind-config-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ConfigTest() override {
    std::filesystem::remove_all(folder_);
    for (const char* name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBECONFIG"}) {
      unsetenv(name);
    }
  }
  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }
  // A kubeconfig whose cluster and user have these fields.
  std::string WriteKubeconfig(const std::string& cluster, const std::string& user) {
    return Write("config", "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n" +
                               std::string("- {name: other, context: {cluster: none}}\n") +
                               "- {name: x, context: {cluster: c, user: u, namespace: shop}}\n" +
                               "clusters: [{name: c, cluster: {" + cluster +
                               "}}]\nusers: [{name: u, user: {" + user + "}}]\n");
  }
  // The message of the error that loading it must give.
  std::string ErrorOf(const std::string& path) {
    auto config = LoadKubeconfig(path);
    EXPECT_EQ(config.status().code(), ErrorCode::kInvalidArgument) << config.status().ToString();
    EXPECT_THAT(config.status().message(), HasSubstr(path));
    return config.status().message();
  }

  std::string folder_;
};

TEST_F(ConfigTest, ReadsEmbeddedCredentials) {
  std::string data = kPemBase64;
  auto config = LoadKubeconfig(
      WriteKubeconfig("server: \"https://h:6443/\", certificate-authority-data: " + data +
                          ", tls-server-name: api.example",
                      "client-certificate-data: " + data + ", client-key-data: " + data));
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->server, "https://h:6443");
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->client_cert_pem, kPem);
  EXPECT_EQ(config->client_key_pem, kPem);
  EXPECT_EQ(config->tls_server_name, "api.example");
  EXPECT_EQ(config->name_space, "shop");
  EXPECT_FALSE(config->insecure_skip_tls_verify);
}

TEST_F(ConfigTest, ReadsFilesRelativeToItsFolderAndTokens) {
  Write("ca.crt", kPem);
  auto config = LoadKubeconfig(WriteKubeconfig(
      "server: \"https://h\", certificate-authority: ca.crt, insecure-skip-tls-verify: true",
      "token: abc, tokenFile: tok"));
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->token, "abc");
  EXPECT_EQ(config->token_file, folder_ + "/tok");
  EXPECT_TRUE(config->insecure_skip_tls_verify);
}

TEST_F(ConfigTest, ErrorsNameFileAndField) {
  const std::string server = "server: \"https://h\"";
  EXPECT_THAT(ErrorOf(WriteKubeconfig("", "token: a")),
              HasSubstr("clusters[c].cluster.server is missing"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig("server: \"ftp://h\"", "token: a")), HasSubstr("ftp://h"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server + ", certificate-authority-data: \"a*b=\"", "")),
              HasSubstr("certificate-authority-data is not base64 (character 2)"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server + ", certificate-authority-data: AAAA", "")),
              HasSubstr("holds no PEM block"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server + ", certificate-authority: none.crt", "")),
              HasSubstr("certificate-authority cannot be read"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server + ", insecure-skip-tls-verify: perhaps", "")),
              HasSubstr("insecure-skip-tls-verify is 'perhaps'"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server + ", proxy-url: \"http://p\"", "")),
              HasSubstr("proxy-url is not supported"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server, "exec: {command: aws}")),
              HasSubstr("users[u].user.exec is not supported"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server, "client-key-data: " + std::string(kPemBase64))),
              HasSubstr("client-certificate is missing"));
  EXPECT_THAT(ErrorOf(WriteKubeconfig(server, "token: [a]")), HasSubstr("token is not a text"));
}

TEST_F(ConfigTest, BrokenFilesAreErrorsNotCrashes) {
  EXPECT_THAT(ErrorOf(Write("a", "")), HasSubstr("is not a kubeconfig"));
  EXPECT_THAT(ErrorOf(Write("a", "- 1\n- 2\n")), HasSubstr("is not a kubeconfig"));
  EXPECT_THAT(ErrorOf(Write("a", "a: 1\nb: {c\n")), HasSubstr("is not valid YAML"));
  EXPECT_THAT(ErrorOf(Write("a", "clusters: []\n")), HasSubstr("current-context is missing"));
  EXPECT_THAT(ErrorOf(Write("a", "current-context: x\ncontexts: 5\n")),
              HasSubstr("contexts[x] does not exist"));
  EXPECT_THAT(ErrorOf(Write("a", "current-context: x\ncontexts: [5, {name: [1]}, {name: x}]\n")),
              HasSubstr("contexts[x].context is missing"));
  EXPECT_THAT(ErrorOf(Write("a",
                            "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]"
                            "\nclusters: []\n")),
              HasSubstr("clusters[c] does not exist"));
  EXPECT_EQ(LoadKubeconfig(folder_ + "/none").status().code(), ErrorCode::kNotFound);
}

TEST_F(ConfigTest, ReadsThePodsServiceAccount) {
  EXPECT_EQ(LoadInCluster(folder_).status().code(), ErrorCode::kNotFound);
  setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  EXPECT_THAT(LoadInCluster(folder_).status().message(), HasSubstr(folder_ + "/ca.crt"));
  Write("ca.crt", kPem);
  Write("namespace", "rewind\n");
  Write("token", " \n");
  EXPECT_THAT(LoadInCluster(folder_).status().message(), HasSubstr("/token is empty"));
  Write("token", "t\n");
  auto config = LoadInCluster(folder_);
  ASSERT_TRUE(config.ok()) << config.status().ToString();
  EXPECT_EQ(config->server, "https://10.96.0.1:443");
  EXPECT_EQ(config->ca_pem, kPem);
  EXPECT_EQ(config->token_file, folder_ + "/token");
  EXPECT_EQ(config->name_space, "rewind");
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  EXPECT_EQ(LoadInCluster(folder_)->server, "https://kubernetes.default.svc:443");
}

TEST_F(ConfigTest, GivenFileWinsOverTheEnvironment) {
  std::string given = WriteKubeconfig("server: \"https://given\"", "token: a");
  std::filesystem::rename(given, folder_ + "/given");
  std::string other = WriteKubeconfig("server: \"https://environment\"", "token: a");
  setenv("KUBECONFIG", (":" + other + ":" + folder_ + "/none").c_str(), 1);
  EXPECT_EQ(LoadConfig(folder_ + "/given")->server, "https://given");
  EXPECT_EQ(LoadConfig("")->server, "https://environment");
}

TEST(Base64Test, DecodesTheRfcsVectors) {
  EXPECT_EQ(*DecodeBase64(""), "");
  EXPECT_EQ(*DecodeBase64("Zg=="), "f");
  EXPECT_EQ(*DecodeBase64("Zm8="), "fo");
  EXPECT_EQ(*DecodeBase64("Zm9v\nYmFy\r\n"), "foobar");
  EXPECT_EQ(*DecodeBase64("+/+/"), "\xFB\xFF\xBF");
}

TEST(Base64Test, RefusesWhatIsNot) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zh==", "Zg==Zg==", "Zm9-", "=", "Zm9v\x01"}) {
    EXPECT_FALSE(DecodeBase64(text).ok()) << text;
  }
}

}  // namespace
}  // namespace rewindmq::kube
