const { condition, defineSignal, proxyActivities, setHandler } = require("@temporalio/workflow");

const { nothing } = proxyActivities({ startToCloseTimeout: "60s" });

exports.ThreeSteps = async function ThreeSteps() {
  let value = "x";
  for (let step = 0; step < 3; ++step) value = await nothing(value);
  return value;
};

exports.Hold = async function Hold() {
  let released = false;
  setHandler(defineSignal("release"), () => {
    released = true;
  });
  await condition(() => released);
};
