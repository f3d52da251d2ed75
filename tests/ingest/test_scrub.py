"""What is masked, and what must stay as people wrote it. Every secret here is made up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.people import SCRUBBER, book

A24 = "a1B2c3D4e5F6g7H8i9J0k1L2"
MASKED = [
    ("authorization: Token " + A24, A24),
    ("https://corp.webhook.office.com/webhookb2/" + A24, A24),
    ("export GROQ=" + "gsk" + "_" + A24, A24),
    ("pc" + "sk_" + A24 + "_" + A24, A24),
    ("nv" + "api-" + A24, A24),
    ("lsv2" + "_pt_" + A24, A24),
    ("mysql -u root -pS3cretPw1 db", "S3cretPw1"),
    ("sshpass -p 'S3cretPw' ssh host", "S3cretPw"),
    ("redis-cli -h x -a S3cretPw1 ping", "S3cretPw1"),
    ("docker login -u me -p S3cretPw1", "S3cretPw1"),
    ("pass: hunter2secret", "hunter2secret"),
    ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC jane@laptop", "jane"),
    ("加我 wxid_abc123def", "abc123"),
    ("QQ：123456789", "123456789"),
    ("write to jane.doe@example.com please", "jane.doe"),
    ("mail me: Max_Mustermann+milvus@firma.co.uk.", "Mustermann"),
    ("contact <ops-team@corp-site.io>", "ops-team"),
    ("author = 'Li Wei <li.wei@qq.com>'", "li.wei"),
    ("(support@zilliz-demo.com)", "support@"),
    ("邮箱：zhang.san@163.com", "zhang.san"),
    ("user@mail.sub.domain.org said", "user@mail"),
    ("邮箱zhang.san@163.com请联系我", "zhang.san"),
    ("地址34.117.59.81请看", "34.117"),
    ("电话+8613800138000请打", "138001"),
    ("jane.doe＠example.com", "jane.doe"),
    ("jane.doe [at] example [dot] com", "jane.doe"),
    ("jane.doe (at) example.com", "jane.doe"),
    ("[write](mailto:jane.doe%40example.com)", "jane.doe"),
    ("josé@exämple.de", "josé"),
    ("jane.doe@example.com:19530", "jane.doe"),
    ("Signed-off-by: Jane Doe <jane@example.com>", "Jane"),
    ("54.23.11.9:19530 refused", "54.23"),
    ("/home/janedoe/milvus/log", "janedoe"),
    ("C:\\Users\\Jane.Doe\\milvus", "Jane"),
    ("curl -u admin:hunter22 http://host/x", "hunter22"),
    ("call +1 (415) 555-2671 after 5", "2671"),
    ("my number is +49 30 901820", "901820"),
    ("+44 20 7946 0958", "7946"),
    ("ring +8613800138000", "138001"),
    ("tel: 0171 2345678", "2345678"),
    ("Phone: 555-123-4567", "4567"),
    ("(212) 555-0147 is the office", "0147"),
    ("415-555-2671", "2671"),
    ("手机：13800138000", "13800138000"),
    ("微信 13912345678", "13912345678"),
    ("whatsapp me on 0049 171 1234567", "1234567"),
    ("my mobile is 07700 900123", "900123"),
    ("the server is at 34.117.59.81", "34.117"),
    ("ssh ubuntu@203.0.113.7", "203.0"),
    ("http://52.14.88.190:19530 refused", "52.14"),
    ("host: 8.134.22.9", "8.134"),
    ("connect to 5.6.7.8 fails", "5.6.7.8"),
    ("peer 2600:1f18:22ba:8c00::1234 closed", "22ba"),
    ("dial tcp 185.199.108.153:443: i/o timeout", "185.199"),
    (f"openai.api_key = 'sk-{A24}'", A24),
    (f"OPENAI_API_KEY=sk-proj-{A24}_{A24}", A24),
    (f"key sk-ant-api03-{A24}-{A24}", A24),
    (f"token ghp_{A24}{A24[:12]}", A24),
    (f"github_pat_11ABC{A24}_{A24}", A24),
    (f"glpat-{A24[:20]}", A24[:20]),
    ("AKIA" + "IOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY", "wJalr"),
    ("xoxb-" + "123456789012-1234567890123-" + A24, A24),
    ("https://hooks.slack.com/services/T000/B000/" + A24, A24),
    ("MTE5NDk4NzY1NDMyMTA5ODc2NQ" + ".GhIjKl." + "abcdefghijklmnopqrstuvwxyz0123456789AB", "GhIjKl"),
    ("https://discord.com/api/webhooks/123456789012345678/" + A24 + A24, A24),
    ("join https://discord.gg/aBcDeF12", "aBcDeF12"),
    ("https://discord.com/invite/xYz987", "xYz987"),
    ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9", "dozjg"),
    (f"Authorization: Bearer {A24}", A24),
    ("curl -H 'Authorization: Basic dXNlcjpwYXNzd29yZDE='", "dXNlcjpw"),
    ("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "SyA1234"),
    (f"HF_TOKEN=hf_{A24}{A24[:10]}", A24),
    (f"npm_{A24}{A24[:12]}", A24),
    (f"sk_live_{A24}", A24),
    ("token='db_1a2b3c4d5e6f:Str0ngP4ss!'", "Str0ng"),
    ("MilvusClient(uri=URI, token='alice:S3cretPw!9')", "S3cret"),
    ("postgres://app:hunter2pw@db.internal:5432/x", "hunter2pw"),
    ("mongodb+srv://u:p4ssw0rd9@cluster0.mongodb.net", "p4ssw0rd9"),
    ("redis://:s3cr3tpw@redis:6379/0", "s3cr3tpw"),
    ("password=hunter2secret", "hunter2secret"),
    ('"password": "Tr0ub4dor&3"', "Tr0ub4dor"),
    ("MINIO_SECRET_KEY: 9f8e7d6c5b4a", "9f8e7d6c"),
    ("export MILVUS_PASSWORD=correcthorse", "correcthorse"),
    ("api_key: 'abcd1234efgh5678'", "abcd1234"),
    ("secret_key = \"Zx9!kLm2#Qw\"", "Zx9"),
    ("--password s3cur3Pass", "s3cur3Pass"),
    ("redis-server --requirepass t0pSecret99", "t0pSecret"),
    ("the password is Summer2024!", "Summer2024"),
    ("密码：Abc12345", "Abc12345"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", "b3Blbn"),
    ("https://x.blob.core.windows.net/c?sv=2021&sig=aB3dE5fG7hI9jK1", "aB3dE5"),
    ("https://api.site.io/v1?api_key=Qwerty123456", "Qwerty1"),
    ("AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq==", "Eby8vd"),
    ("secretAccessKey: \"K7MDENGbPxRfiCYz\"", "K7MDENG"),
    ("git clone https://oauth2:glpw99xx@gitlab.site.com/a/b.git", "glpw99xx"),
]  # fmt: skip

KEPT = [
    "Mozilla/5.0 Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
    "signal-2026-01-07-181636.jpg",
    "AuthMethod TOKEN: code=82, mechanism",
    "accesskey=\"&allowpopups.accesskey;\"",
    "/home/vagrant/hadoop and /home/pi/mesh",
    "mysql -u root -p < dump.sql; redis-cli -a $PASS ping",
    "3 passes: 10, bypass: on, pass: true",
    "Milvus 2.6.10.1 crashes, 2.4.23 works",
    "upgraded from 2.3.5.0 to v2.6.1.12",
    "pymilvus==2.6.0.1 and grpcio>=1.60.0",
    "image: milvusdb/milvus:v2.4.15-gpu",
    "http://127.0.0.1:19530 and http://localhost:9091/healthz",
    "listening on 0.0.0.0:19530",
    "etcd at 10.0.3.17:2379, minio at 192.168.1.20:9000, pod 172.17.0.5",
    "nameserver 8.8.8.8",
    "kernel 5.15.0.91, driver 550.54.15",
    "commit 3f6cea5d0b1a7e9c8f2d4b6a0c1e3f5d7b9a2c4e",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c0000000000",
    "trace 123e4567-e89b-12d3-a456-426614174000",
    "[2024/05/17 03:12:45.123 +00:00] [WARN] [querynodev2/services.go:232]",
    "2024-05-17T03:12:45+08:00 done",
    "memory 17179869184 bytes (16 GiB)",
    "timestamp 1715912345678 and segment 449812345678901234",
    "collection 453234190192343234 has 13800000000 rows",
    "dim=768, nlist=1024, M=16, efConstruction=200",
    "HNSW 50,000,000 x 768 needs about 160 GB",
    "search took 12.5 ms at topk=100",
    "ports 19530 9091 2379 9000 6650",
    "token = os.environ['ZILLIZ_TOKEN']",
    "client = MilvusClient(uri=uri, token=token)",
    "MilvusClient(uri='http://localhost:19530', token='root:Milvus')",
    "accessKeyID: minioadmin",
    "secretAccessKey: minioadmin",
    "password=None",
    "password: <your-password>",
    "password=${MINIO_PASSWORD}",
    "api_key=YOUR_API_KEY",
    "openai.api_key = get_secret('openai')",
    "max_tokens=4096, token_count: 512",
    "tokenizer = AutoTokenizer.from_pretrained(name)",
    "token: str = Field(default='')",
    "def login(user: str, password: str) -> None:",
    "the primary key is an INT64 field",
    "the token expired, so I made another one",
    "bearer token authentication is enabled",
    "partition_key_field: tenant",
    "existingSecret: milvus-minio",
    "key=value pairs, key: value",
    "git clone git@github.com:milvus-io/milvus.git",
    "root@milvus-standalone:/# ls",
    "milvus@sha256:abc",
    "npm install @zilliz/milvus2-sdk-node@2.4.0",
    "@dataclass\nclass Row:",
    "for (auto& it : std::vector<int>{}) { a::b::c(); }",
    "SELECT * FROM t WHERE a @> b",
    "x = y[1:2:3]; t = 12:30:45:123",
    "discord.com/channels/1343693475589263471/1354873651710918847",
    "https://milvus.io/docs/v2.6.x/install_standalone-docker.md?tab=compose",
    "s3a://bucket/path?versionId=3",
    "redis://localhost:6379/0",
    "mqtt://user:password@broker:1883",
    "sk-learn and sk-spell-correct are packages",
    "skip-this-test-because-it-is-slow-and-flaky-2024",
    "task-1234567890abcdefghijklmnop failed",
    "docker run -p 19530:19530 -v /mnt/data:/var/lib/milvus",
    "kubectl logs my-release-milvus-querynode-7d9f8c6b5-x2x4q -n milvus",
    "goroutine 1 [running]: main.main() /go/src/main.go:42 +0x1d8",
    "rpc error: code = Unavailable desc = connection error",
    "0x7ffee4b5c8a0 in malloc () from /lib64/libc.so.6",
    "float32[768] -> 3072 bytes; 1 - 2 - 3",
    "vectors [0.123, -0.456, 0.789], range 100-200-300",
    "results: 512 768 1024 1536 3072",
    "RFC 7519, ISO 8601, RAM 64-128 GB",
    "on 2024-11-23 12:00 we had 3 x 1000 QPS",
    "+1 I have the same problem",
    "a+b=c and 5+5555555 is a sum",
    "milvus-2.6.0.tar.gz, chart 4.2.33, helm 3.14.0",
    "10.1.2.3/16 and fe80::1 are local",
    "--secret-name my-secret --from-literal=key=value",
    "密码错误，请检查 token 是否过期",
    "err: password authentication failed for user postgres",
]  # fmt: skip


def test_the_table_is_long_enough() -> None:
    assert len(MASKED) >= 60 and len(KEPT) >= 60


@pytest.mark.parametrize(("text", "secret"), MASKED, ids=range(len(MASKED)))
def test_masks(text: str, secret: str) -> None:
    assert secret in text
    cleaned = SCRUBBER.clean(text, book({}))
    assert secret not in cleaned and "[" in cleaned


@pytest.mark.parametrize("text", KEPT)
def test_keeps_technical_text(text: str) -> None:
    assert SCRUBBER.clean(text, book({})) == text


@given(st.text(max_size=300) | st.sampled_from([text for text, _ in MASKED] + KEPT))
@settings(max_examples=300)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = SCRUBBER.clean(text, book({}))
    assert SCRUBBER.clean(once, book({})) == once


def test_a_megabyte_of_nothing_special_is_read_in_one_go() -> None:
    for text in (
        "a" * 200_000,
        "password=" * 20_000,
        "@" * 100_000,
        "1." * 100_000,
        "+1" * 100_000,
        "eyJ" * 50_000,
    ):
        SCRUBBER.clean(text, book({"ann lee": "u_1"}))
