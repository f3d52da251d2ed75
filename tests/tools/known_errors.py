"""Lines that a known error prints, and lines that only look alike, by cause."""

from __future__ import annotations

KNOWN: dict[str, tuple[str, str]] = {
    "illegal-instruction": (
        "qemu: uncaught target signal 4 (Illegal instruction) - core dumped",
        "ERROR illegal argument in instructions of the prompt",
    ),
    "exec-format": (
        "exec /milvus/bin/milvus: exec format error",
        "ERROR wrong format in field exec_time",
    ),
    "no-space-left": (
        "write /var/lib/milvus/rdb_data/000123.log: no space left on device",
        "ERROR there is space left on device sda, checking quota",
    ),
    "volume-permission": (
        "mkdir /var/lib/milvus/data: permission denied",
        "ERROR user bob: permission denied for collection docs",
    ),
    "port-in-use": (
        "Bind for 0.0.0.0:9091 failed: port is already allocated",
        "ERROR collection name already exists",
    ),
    "image-pull": (
        "Back-off pulling image: ImagePullBackOff",
        "ERROR the manifest of the backup lists 3 collections",
    ),
    "too-many-files": (
        "accept tcp [::]:19530: accept4: too many open files",
        "ERROR too many open transactions",
    ),
    "unbound-pvc": (
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        "Normal ProvisioningSucceeded persistentvolumeclaim/data-etcd-0 bound to pvc-1",
    ),
    "pods-do-not-fit": (
        "0/3 nodes are available: 3 Insufficient memory.",
        "3/3 nodes are available for scheduling",
    ),
    "etcd-space": (
        "etcdserver: mvcc: database space exceeded",
        "ERROR database quota exceeded warning cleared, space available",
    ),
    "etcd-slow": (
        "panic: etcdserver: request timed out, waiting for the applied index took too long",
        "ERROR proxy request timed out after 10s in search",
    ),
    "etcd-member-id": (
        'bad member ID arg (strconv.ParseUint: parsing "": invalid syntax), expecting ID in Hex',
        "ERROR bad argument: member id of the group is unknown",
    ),
    "etcd-cluster-id": (
        "member 8211f1d0f64f3269 has already been bootstrapped",
        "ERROR mismatch of cluster size and id list",
    ),
    "etcd-damaged": (
        "panic: failed to find database snapshot file (snap: snapshot file doesn't exist)",
        "ERROR failed to find snapshot name given by the user in 3.0 list",
    ),
    "etcd-unreachable": (
        "panic: failed to create etcd client: context deadline exceeded",
        "[INFO] etcd client created, waiting: context deadline exceeded is retried",
    ),
    "object-access-denied": (
        "failed to check blob bucket exist [bucket=milvusdb] [error='Access Denied.']",
        "ERROR access was denied to nobody; audit finished",
    ),
    "object-unreachable": (
        "dial tcp 10.0.0.7:9000: connect: connection refused",
        "ERROR dial tcp 10.0.0.7:8080: connect: connection refused",
    ),
    "object-missing": (
        "GetObjectSize[errcode:404, exception:, errmessage:No response body.]",
        "ERROR http 404 for page /webui/missing",
    ),
    "object-full": (
        "XMinioStorageFull: Storage backend has reached its minimum free drive threshold.",
        "ERROR storage v2 format has a full header",
    ),
    "object-slow-down": (
        "SlowDown: Please reduce your request rate.",
        "ERROR the search got slow, and goes down in QPS",
    ),
    "queue-backlog": (
        "ProducerBlockedQuotaExceededException: Cannot create producer on topic with backlog quota exceeded",
        "ERROR the backlog of tasks is long, quota 10",
    ),
    "bookie-full": (
        "org.apache.bookkeeper.client.BKException$BKNotEnoughBookiesException: Not enough non-faulty bookies",
        "INFO bookie journal rolled, 3 bookies registered",
    ),
    "bookie-cookie": (
        "There are directories without a cookie, and this is neither a new environment",
        "ERROR request without a session cookies header",
    ),
    "bookie-metadata": (
        "BookieException$MetadataStoreException: Failed to get cluster instance id",
        "INFO metadata store connected, instance id 12",
    ),
    "queue-unreachable": (
        "dial tcp: lookup my-release-pulsar-proxy: no such host, pulsar client",
        "ERROR lookup my-release-minio: no such host",
    ),
    "rocksmq-damaged": (
        "rocksmq: Corruption: checksum mismatch in /var/lib/milvus/rdb_data/MANIFEST-000004",
        "[INFO] rocksmq retention finished, IO statistics written",
    ),
    "session-left": (
        "function CompareAndSwap error for compare is false for key: rootcoord",
        "ERROR compare of versions is false for key color",
    ),
    "no-index-node": (
        "no idle index node found and failed to build index",
        "[INFO] index node registered, no task idle",
    ),
    "component-not-ready": (
        "ERROR proxy 7 is not healthy",
        "ERROR the model is not ready for production, reviewers say",
    ),
    "exit-137": (
        "milvus-standalone exited with code 137",
        "INFO compaction finished 137 segments, exit status 0",
    ),
    "load-memory": (
        "load segment failed, OOM if load, maxSegmentSize = 900 MB, memUsage = 7000 MB",
        "[INFO] predict memory usage = 200 MB, enough",
    ),
    "load-disk": (
        "load segment failed, disk space is not enough, diskUsage = 90 GB",
        "ERROR local disk cache is warm",
    ),
    "quota-exceeded": (
        "quota exceeded[reason=memory quota exceeded, please allocate more resources]",
        "ERROR your quota of office hours is not used",
    ),
    "rate-limit": (
        "request is rejected by grpc RateLimiter middleware, please retry later: rate limit exceeded",
        "ERROR the learning rate limits the training",
    ),
    "time-tick-lag": (
        "time tick long delay: 320s",
        "ERROR it took a long time, and a delay tick was shown",
    ),
    "node-id-changed": (
        '[WARN] ["call received grpc error"] [error="node not match[expectedNodeID=7][actualNodeID=12]"]',
        "ERROR the nodes of the cluster match the plan, node id 12 found",
    ),
    "no-shard-leader": (
        "fail to search: no available shard delegator found: channel not available",
        "[INFO] shard leader changed to node 7",
    ),
    "not-loaded": (
        "collection not loaded[collection=docs]",
        "[INFO] collection docs loaded, 0 not released",
    ),
    "gpu-memory": (
        "CUDA error: out of memory, RMM failure at: cudaErrorMemoryAllocation",
        "[INFO] GPU memory pool 2048 MB initialised",
    ),
    "disk-index-off": (
        "disk index is not enabled on this query node",
        "[INFO] disk index DISKANN loaded",
    ),
    "message-too-large": (
        "grpc: received message larger than max (135000000 vs. 67108864)",
        "[INFO] max message size 67108864",
    ),
    "varchar-too-long": (
        "the length (70012) of 0th VarChar paramField exceeds max length (65535)",
        "ERROR the max length of a name is documented",
    ),
    "result-window": (
        "invalid max query result window, (offset+limit) should be in range [1, 16384], but got 20000",
        "ERROR the window is 16384 pixels wide",
    ),
    "lite-not-installed": (
        "ModuleNotFoundError: No module named 'milvus_lite'",
        "ERROR No module named 'numpy'",
    ),
    "illegal-uri": (
        "Illegal uri: [milvus.db], expected form 'https://user:pwd@example.com:12345'",
        "ERROR illegal character in uri path",
    ),
    "lite-locked": (
        "ConnectionConfigException: Open local milvus failed",
        "[INFO] local milvus opened",
    ),
    "lite-not-started": (
        "Fail connecting to server on unix:/tmp/tmp54q1oh9l_demo.db.sock, illegal connection params",
        "the socket unix:/var/run/docker.sock is there, and demo.db beside it",
    ),
    "cannot-connect": (
        "Fail connecting to server on localhost:19530, illegal connection params or server unavailable",
        "[INFO] client connected to server on localhost:19530",
    ),
    "not-authenticated": (
        "auth check failure, please check username and password are correct",
        "[INFO] user root authenticated",
    ),
    "no-privilege": (
        "PrivilegeLoad: permission deny to bob in the default database",
        "[INFO] privilege group created, permission granted",
    ),
    "wrong-dimension": (
        "vector dimension mismatch, expected vector size(byte) 3072, actual 1536",
        "ERROR two dimensions of quality do differ",
    ),
    "wrong-data": (
        "DataNotMatchException: Insert missed an field `text` to collection without set nullable",
        "[INFO] inserted field data",
    ),
    "metric-mismatch": (
        "metric type not match: invalid parameter[expected=COSINE][actual=IP]",
        "[INFO] metric type COSINE chosen",
    ),
    "collection-missing": (
        "can't find collection[database=default][collection=docs]",
        "[INFO] find collection docs",
    ),
    "bad-filter": (
        "failed to create query plan: cannot parse expression: color = red",
        "[INFO] query plan created",
    ),
    "index-not-there": (
        "there is no vector index on field: [vector], please create index firstly: index not found",
        "[INFO] index found for field vector",
    ),
    "index-unsupported": (
        "invalid index type: IVF_RABITQ",
        "[INFO] index type HNSW accepted",
    ),
    "protobuf-conflict": (
        "grpcio-tools 1.62 requires protobuf<5, but you have protobuf 6.31 which is incompatible.",
        "[INFO] protobuf message sent",
    ),
    "tls-mismatch": (
        "SSL_ERROR_SSL: error:1000007d: CERTIFICATE_VERIFY_FAILED",
        "[INFO] TLS handshake done",
    ),
    "no-connection-object": (
        "ConnectionNotExistException: should create connection first.",
        "[INFO] connection created first",
    ),
    "unimplemented": (
        "grpc status = StatusCode.UNIMPLEMENTED",
        "ERROR this idea was never implemented",
    ),
    "backup-file-count": (
        "restore collection: the field vector has different file num 3 to other fields",
        "[INFO] the field vector has 3 files",
    ),
    "backup-no-binlog": (
        "import job failed: no binlog to import, input=[backup/x]",
        "[INFO] 12 binlogs to import",
    ),
    "backup-delete-files": (
        'strconv.ParseInt: parsing "meta": invalid syntax',
        "[INFO] input paths read",
    ),
    "backup-wrong-root": (
        "Milvus root path is empty, please check the configuration",
        "[INFO] root path is files",
    ),
    "deadline": (
        "RPC error: [search], <DEADLINE_EXCEEDED: Deadline Exceeded>",
        "ERROR the deadline of the proposal is near",
    ),
}
