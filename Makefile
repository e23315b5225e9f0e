# The two commands of the README are `make up` and `make test`; the rest serves those who work on the code.
KUBERNODE := bin/kubernode

.PHONY: up down build deps host-deps prometheus test lint unit integration e2e machines clients fuzz simulate chaos soak bench bench-scheduler bench-scheduler-perf bench-deployment bench-memory clean

up: host-deps build       ## install what is missing, build, bring a cluster up
	@$(KUBERNODE) up

down:                     ## stop it and remove what up made on the host (data stays)
	@$(KUBERNODE) down

host-deps:
	@hack/install-host-deps

prometheus:               ## promtool and prometheus, for tests
	@hack/install-prometheus

deps: node_modules/.package-lock.json
node_modules/.package-lock.json: package.json package-lock.json
	@hack/install-node-deps
	@touch $@

build: deps
	@npm run --silent build

test: host-deps build     ## everything that proves that it works
	@node_modules/.bin/tsx hack/test.ts

lint: deps
	@npm run --silent lint

unit: deps
	@npm run --silent test:unit

integration: deps host-deps
	@npm run --silent test:integration

e2e: build host-deps
	@npm run --silent test:e2e

machines: build host-deps prometheus ## deployments over ssh, backups, monitoring and faults on clusters of machines; a quarter of an hour
	@hack/install-machine-deps
	@NODE_OPTIONS='--experimental-vm-modules --no-warnings' node_modules/.bin/jest --selectProjects=machines --runInBand

clients: build host-deps  ## Kubernetes' clients for Go, Python and JavaScript, and Helm, from their registries; minutes the first time
	@NODE_OPTIONS='--experimental-vm-modules --no-warnings' node_modules/.bin/jest --selectProjects=clients

fuzz: deps host-deps      ## the nightly amount of random requests; seed and counterexample are printed on failure
	@FUZZ_RUNS=$${FUZZ_RUNS:-100000} NODE_OPTIONS='--experimental-vm-modules --no-warnings' nice node_modules/.bin/jest --selectProjects=integration --testPathPatterns "test/(fuzz|properties)"

simulate: deps            ## SEED=1 HOURS=1 COUNT=1 CALM=0: simulated worlds with faults; docs/SIMULATION.md
	@node_modules/.bin/tsx --conditions=source simulation/src/main.ts $${SEED:-1} $${HOURS:-1} $${COUNT:-1} $${CALM:-0} $${LOG:+$$LOG}

chaos: build host-deps     ## SEED=1 MINUTES=5 BACKEND=namespaces|containers FAULTS=… RUNS=0 NODES=3: faults on a cluster of machines; docs/chaos.md
	@node_modules/.bin/tsx --conditions=source test-e2e/chaos/run/main.ts

soak: build host-deps      ## MINUTES=30 NODES=500: churn of all kinds on simulated nodes; writes docs/SOAK.md
	@node_modules/.bin/tsx --conditions=source bench/soak.ts

bench: build host-deps     ## rates, CPU and memory of the API server; docs/PERFORMANCE.md says how to compare
	@node_modules/.bin/tsx bench/run.ts
	@node_modules/.bin/tsx bench/watch-memory.ts

bench-scheduler: build host-deps ## scheduling end to end; KUBE_SCHEDULER and KUBE_APISERVER name what to compare with
	@node_modules/.bin/tsx --conditions=source bench/scheduler.ts

bench-scheduler-perf: deps ## the rows of Kubernetes' scheduler_perf in process, on 5,000 nodes
	@node_modules/.bin/tsx --conditions=source services/scheduler/bench/scheduler-perf.bench.ts

bench-deployment: build host-deps ## a Deployment of 2,000 from its creation to the last binding
	@node_modules/.bin/tsx --conditions=source bench/deployment.ts

bench-memory: build host-deps ## 50,000 pods and 5,000 nodes in scheduler and controller manager
	@node_modules/.bin/tsx --conditions=source bench/memory.ts

clean:
	rm -rf dist bin node_modules
